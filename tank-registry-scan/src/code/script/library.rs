//! What functions of libraries do, by their dotted names.

use super::fold::Coding;

/// What a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    /// Runs its first argument as code.
    Code,
    /// Makes code of its first argument; what is made may be run.
    Compile,
    /// Runs a line of shell.
    Shell,
    /// Runs a program with arguments; or a line of shell, where an option says so.
    Program,
    Import,
    Attribute,
    /// Connects to where its URL says.
    Request,
    /// Sends on a connection that was made before.
    Transmit,
    Connect,
    /// Resolves a name.
    Resolve,
    Listen,
    Receive,
    Open,
    Read,
    Write,
    Copy,
    Delete,
    DeleteTree,
    Walk,
    Decode(Coding),
    /// Decodes what its arguments name.
    DecodeNamed,
    Encode(&'static str),
    Deserialize,
    Encrypt,
    /// Joins parts of a path.
    JoinPath,
    /// The same value in another form.
    Same,
    Home,
    Variable,
    Input,
    Clipboard,
    Screen,
    Location,
    Identity,
    Clock,
    Keychain,
    Serialize,
    Characters,
    CodeOf,
    Mode,
    RaiseRights,
    Redirect,
    Fork,
    LoadVariables,
    /// Feeds one thing into another.
    Pipe,
}

/// The last part of a dotted name.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The first part of a dotted name.
pub(super) fn root(path: &str) -> &str {
    path.split(['.', '(']).next().unwrap_or(path)
}

static VERBS: &[&str] = &[
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "request",
    "stream",
    "send",
    "fetch",
    "urlopen",
    "urlretrieve",
    "Request",
    "del",
    "getJSON",
    "ajax",
    "retrieve",
    "download",
];

static CLIENTS: &[&str] = &[
    "requests",
    "httpx",
    "aiohttp",
    "urllib",
    "urllib2",
    "urllib3",
    "axios",
    "got",
    "undici",
    "superagent",
    "request",
    "needle",
    "ky",
    "https",
    "http",
    "cloudscraper",
    "curl_cffi",
    "niquests",
    "grequests",
    "wget",
    "phin",
    "bent",
    "request-promise",
    "$",
    "jQuery",
    "treq",
    "tls_client",
];

/// What a function does, by its full name; `None` where it is not known.
#[allow(clippy::too_many_lines)] // A table.
pub(super) fn model(path: &str, python: bool) -> Option<Model> {
    use Model as M;
    Some(match path {
        "eval" | "execfile" => M::Code,
        "exec" if python => M::Code,
        "compile" if python => M::Compile,
        "compile()" | "types.FunctionType()" | "Function()" | "types.CodeType()" => M::Code,
        "Function" | "vm.Script" | "types.FunctionType" | "vm.compileFunction" => M::Compile,
        "vm.runInThisContext"
        | "vm.runInNewContext"
        | "vm.runInContext"
        | "code.interact"
        | "code.InteractiveInterpreter().runsource"
        | "setImmediate.eval" => M::Code,
        "marshal.loads"
        | "pickle.loads"
        | "pickle.load"
        | "cPickle.loads"
        | "cPickle.load"
        | "dill.loads"
        | "dill.load"
        | "cloudpickle.loads"
        | "cloudpickle.load"
        | "shelve.open"
        | "yaml.load"
        | "yaml.load_all"
        | "yaml.unsafe_load"
        | "yaml.full_load"
        | "jsonpickle.decode"
        | "joblib.load"
        | "marshal.load"
        | "pickle.Unpickler().load"
        | "node-serialize.unserialize"
        | "serialize.unserialize"
        | "_pickle.loads" => M::Deserialize,
        "os.system"
        | "os.popen"
        | "commands.getoutput"
        | "subprocess.getoutput"
        | "subprocess.getstatusoutput"
        | "child_process.exec"
        | "child_process.execSync"
        | "asyncio.create_subprocess_shell"
        | "popen2.popen2"
        | "shelljs.exec"
        | "execa.execaCommand"
        | "execa.command"
        | "execa.commandSync"
        | "posix.system"
        | "nt.system"
        | "os.popen2"
        | "os.popen3" => M::Shell,
        "subprocess.run"
        | "subprocess.call"
        | "subprocess.check_call"
        | "subprocess.check_output"
        | "subprocess.Popen"
        | "os.execv"
        | "os.execve"
        | "os.execvp"
        | "os.execl"
        | "os.execlp"
        | "os.spawnl"
        | "os.spawnv"
        | "os.spawnlp"
        | "os.spawnvp"
        | "os.posix_spawn"
        | "pty.spawn"
        | "child_process.spawn"
        | "child_process.spawnSync"
        | "child_process.execFile"
        | "child_process.execFileSync"
        | "child_process.fork"
        | "asyncio.create_subprocess_exec"
        | "execa"
        | "execa.execa"
        | "execa.execaSync"
        | "Bun.spawn"
        | "Bun.spawnSync"
        | "Deno.Command"
        | "Deno.run"
        | "os.startfile"
        | "pexpect.spawn"
        | "cross-spawn" => M::Program,
        "__import__"
        | "importlib.import_module"
        | "require"
        | "import"
        | "imp.load_source"
        | "importlib.__import__"
        | "runpy.run_path"
        | "runpy.run_module" => M::Import,
        "getattr" | "Reflect.get" | "operator.attrgetter" | "inspect.getattr_static" => {
            M::Attribute
        }
        "fetch"
        | "aiohttp.request"
        | "navigator.sendBeacon"
        | "axios"
        | "got"
        | "ky"
        | "superagent"
        | "request"
        | "wget.download"
        | "EventSource"
        | "undici.fetch"
        | "undici.request"
        | "axios()"
        | "Image"
        | "needle" => M::Request,
        "WebSocket"
        | "ws"
        | "ws.WebSocket"
        | "websocket.create_connection"
        | "websockets.connect"
        | "websocket.WebSocketApp"
        | "socket.create_connection"
        | "net.connect"
        | "net.createConnection"
        | "tls.connect"
        | "net.Socket().connect"
        | "socket.socket().connect"
        | "socket.socket().connect_ex"
        | "ftplib.FTP"
        | "http.client.HTTPSConnection"
        | "http.client.HTTPConnection"
        | "httplib.HTTPSConnection"
        | "httplib.HTTPConnection"
        | "smtplib.SMTP"
        | "smtplib.SMTP_SSL"
        | "telnetlib.Telnet"
        | "paramiko.SSHClient().connect"
        | "XMLHttpRequest().open"
        | "asyncio.open_connection"
        | "nodemailer.createTransport"
        | "boto3.client"
        | "boto3.resource" => M::Connect,
        "socket.gethostbyname"
        | "socket.getaddrinfo"
        | "socket.gethostbyname_ex"
        | "dns.resolver.resolve"
        | "dns.resolver.query"
        | "dns.lookup"
        | "dns.resolve"
        | "dns.resolve4"
        | "dns.resolveTxt"
        | "dns.resolveAny"
        | "dns.resolver.Resolver().resolve"
        | "dns.Resolver().resolve4"
        | "dns.resolveCname"
        | "dns.resolve6"
        | "dns.resolver.Resolver().query" => M::Resolve,
        "socket.socket().listen"
        | "http.createServer"
        | "net.createServer"
        | "http.server.HTTPServer"
        | "socketserver.TCPServer"
        | "https.createServer"
        | "http.server.ThreadingHTTPServer"
        | "asyncio.start_server" => M::Listen,
        "open" if python => M::Open,
        "io.open"
        | "codecs.open"
        | "os.open"
        | "fs.open"
        | "fs.openSync"
        | "pathlib.Path().open"
        | "gzip.open"
        | "zipfile.ZipFile"
        | "tarfile.open"
        | "aiofiles.open"
        | "sqlite3.connect"
        | "better-sqlite3"
        | "sqlite3.Database"
        | "fs.createWriteStream"
        | "zipfile.PyZipFile" => M::Open,
        "fs.readFile"
        | "fs.readFileSync"
        | "fs.createReadStream"
        | "Deno.readTextFile"
        | "Deno.readTextFileSync"
        | "Bun.file"
        | "Deno.readFile"
        | "fs.readJson"
        | "fs.readJsonSync"
        | "numpy.loadtxt"
        | "pandas.read_csv"
        | "linecache.getlines"
        | "fileinput.input" => M::Read,
        "fs.writeFile" | "fs.writeFileSync" | "fs.appendFile" | "fs.appendFileSync"
        | "Deno.writeTextFile" | "Deno.writeFile" | "Bun.write" | "fs.outputFile"
        | "fs.outputFileSync" | "fs.writeJson" => M::Write,
        "shutil.copy"
        | "shutil.copy2"
        | "shutil.copyfile"
        | "shutil.copytree"
        | "shutil.move"
        | "os.rename"
        | "os.replace"
        | "fs.copyFile"
        | "fs.copyFileSync"
        | "fs.rename"
        | "fs.renameSync"
        | "fs.cp"
        | "fs.cpSync"
        | "os.symlink"
        | "os.link"
        | "fs.symlinkSync"
        | "shutil.make_archive" => M::Copy,
        "os.remove" | "os.unlink" | "fs.unlink" | "fs.unlinkSync" | "pathlib.Path().unlink" => {
            M::Delete
        }
        "shutil.rmtree" | "fs.rm" | "fs.rmSync" | "fs.rmdirSync" | "fs.rmdir" | "rimraf"
        | "rimraf.sync" | "os.removedirs" | "fs.remove" | "fs.removeSync" | "fs.emptyDirSync"
        | "del" => M::DeleteTree,
        "os.walk" | "glob.glob" | "glob.iglob" | "os.listdir" | "os.scandir" | "fs.readdir"
        | "fs.readdirSync" | "glob" | "glob.sync" | "glob.globSync" | "fast-glob"
        | "fast-glob.sync" | "globby" | "walkdir" => M::Walk,
        "base64.b64decode"
        | "base64.decodebytes"
        | "base64.urlsafe_b64decode"
        | "base64.standard_b64decode"
        | "binascii.a2b_base64"
        | "atob"
        | "base64.decodestring"
        | "js-base64.decode" => M::Decode(Coding::Base64),
        "bytes.fromhex" | "bytearray.fromhex" | "binascii.unhexlify" | "binascii.a2b_hex" => {
            M::Decode(Coding::Hex)
        }
        "zlib.decompress"
        | "gzip.decompress"
        | "bz2.decompress"
        | "lzma.decompress"
        | "zlib.inflateSync"
        | "zlib.gunzipSync"
        | "zlib.unzipSync"
        | "zlib.inflateRawSync"
        | "pako.inflate"
        | "zlib.brotliDecompressSync" => M::Decode(Coding::Compressed),
        "unescape"
        | "decodeURIComponent"
        | "decodeURI"
        | "urllib.parse.unquote"
        | "urllib.parse.unquote_plus"
        | "urllib.unquote" => M::Decode(Coding::Percent),
        "base64.b85decode"
        | "base64.a85decode"
        | "base64.b32decode"
        | "base64.b16decode"
        | "CryptoJS.AES.decrypt"
        | "cryptography.fernet.Fernet().decrypt"
        | "crypto.createDecipheriv" => M::Decode(Coding::Other),
        "codecs.decode" | "Buffer.from" | "Buffer" => M::DecodeNamed,
        "base64.b64encode"
        | "base64.urlsafe_b64encode"
        | "base64.encodebytes"
        | "btoa"
        | "binascii.b2a_base64"
        | "base64.standard_b64encode" => M::Encode("base64"),
        "binascii.hexlify" | "binascii.b2a_hex" | "base64.b16encode" => M::Encode("hex"),
        "base64.b32encode" | "base64.b85encode" => M::Encode("base32"),
        "urllib.parse.quote"
        | "urllib.parse.quote_plus"
        | "urllib.parse.urlencode"
        | "encodeURIComponent"
        | "urllib.urlencode"
        | "URLSearchParams"
        | "querystring.stringify"
        | "escape" => M::Encode("URL encoding"),
        "zlib.compress" | "gzip.compress" | "zlib.gzipSync" | "zlib.deflateSync"
        | "bz2.compress" | "lzma.compress" => M::Encode("compression"),
        "cryptography.fernet.Fernet().encrypt"
        | "crypto.createCipheriv"
        | "Fernet().encrypt"
        | "CryptoJS.AES.encrypt"
        | "Crypto.Cipher.AES.new"
        | "Cryptodome.Cipher.AES.new"
        | "crypto.publicEncrypt"
        | "nacl.secret.SecretBox().encrypt"
        | "pyAesCrypt.encryptFile"
        | "crypto.createCipher"
        | "crypto.subtle.encrypt" => M::Encrypt,
        "os.path.join" | "path.join" | "path.resolve" | "posixpath.join" | "ntpath.join"
        | "path.posix.join" | "path.win32.join" | "upath.join" => M::JoinPath,
        "os.path.expanduser"
        | "os.path.abspath"
        | "os.path.realpath"
        | "os.path.expandvars"
        | "os.path.normpath"
        | "pathlib.Path"
        | "pathlib.PosixPath"
        | "pathlib.PurePath"
        | "path.normalize"
        | "str"
        | "String"
        | "bytes"
        | "bytearray"
        | "list"
        | "tuple"
        | "set"
        | "dict"
        | "sorted"
        | "iter"
        | "URL"
        | "String.raw"
        | "memoryview"
        | "Array.from"
        | "Object"
        | "Promise.resolve"
        | "io.BytesIO"
        | "io.StringIO"
        | "expanduser"
        | "url.parse"
        | "Uint8Array"
        | "Uint8Array.from"
        | "Buffer.concat"
        | "repr"
        | "Promise.all"
        | "asyncio.run"
        | "textwrap.dedent"
        | "Array"
        | "TextDecoder().decode"
        | "TextEncoder().encode"
        | "next"
        | "util.inspect"
        | "functools.partial"
        | "fileURLToPath"
        | "os.fspath"
        | "typing.cast"
        | "vars" => M::Same,
        "pathlib.Path.home" | "os.homedir" => M::Home,
        "os.getenv"
        | "os.environ.get"
        | "os.environ.pop"
        | "environ.get"
        | "Deno.env.get"
        | "os.environb.get"
        | "os.environ.setdefault" => M::Variable,
        "input"
        | "raw_input"
        | "sys.stdin.read"
        | "sys.stdin.readline"
        | "prompt"
        | "readline.question"
        | "sys.stdin.buffer.read" => M::Input,
        "pyperclip.paste"
        | "navigator.clipboard.readText"
        | "clipboardy.read"
        | "clipboardy.readSync"
        | "win32clipboard.GetClipboardData"
        | "tkinter.Tk().clipboard_get"
        | "clipboard.paste"
        | "pandas.read_clipboard" => M::Clipboard,
        "pyautogui.screenshot"
        | "PIL.ImageGrab.grab"
        | "ImageGrab.grab"
        | "mss.mss().grab"
        | "mss.mss().shot"
        | "screenshot-desktop"
        | "mss().grab"
        | "pyscreenshot.grab"
        | "desktopCapturer.getSources"
        | "navigator.mediaDevices.getDisplayMedia" => M::Screen,
        "navigator.geolocation.getCurrentPosition"
        | "geocoder.ip"
        | "navigator.geolocation.watchPosition" => M::Location,
        "socket.gethostname"
        | "platform.node"
        | "getpass.getuser"
        | "os.getlogin"
        | "os.hostname"
        | "os.userInfo"
        | "platform.uname"
        | "os.uname"
        | "uuid.getnode"
        | "os.networkInterfaces"
        | "socket.getfqdn"
        | "platform.platform"
        | "psutil.users" => M::Identity,
        "datetime.datetime.now"
        | "datetime.now"
        | "datetime.datetime.utcnow"
        | "datetime.utcnow"
        | "datetime.date.today"
        | "date.today"
        | "datetime.datetime.today"
        | "time.time"
        | "Date"
        | "Date.now"
        | "time.localtime"
        | "time.gmtime"
        | "time.strftime"
        | "moment"
        | "dayjs" => M::Clock,
        "keyring.get_password"
        | "keytar.getPassword"
        | "keytar.findCredentials"
        | "browser_cookie3.chrome"
        | "browser_cookie3.load"
        | "browser_cookie3.firefox"
        | "win32crypt.CryptUnprotectData"
        | "keyring.get_credential"
        | "browsercookie.chrome"
        | "pwd.getpwall"
        | "spwd.getspall" => M::Keychain,
        "json.dumps" | "JSON.stringify" | "pprint.pformat" | "yaml.dump" | "pickle.dumps"
        | "json.dump" | "print" | "console.log" | "pprint.pprint" | "yaml.safe_dump" => {
            M::Serialize
        }
        "chr" | "String.fromCharCode" | "String.fromCodePoint" | "unichr" => M::Characters,
        "ord" => M::CodeOf,
        "os.chmod" | "fs.chmod" | "fs.chmodSync" | "os.fchmod" | "pathlib.Path().chmod" => M::Mode,
        "os.setuid" | "os.seteuid" | "os.setgid" | "process.setuid" | "os.setreuid"
        | "os.setresuid" => M::RaiseRights,
        "os.dup2" => M::Redirect,
        "os.fork" | "multiprocessing.Process" => M::Fork,
        "dotenv.load_dotenv" | "dotenv.config" | "dotenv.dotenv_values" => M::LoadVariables,
        _ => return by_parts(path, python),
    })
}

/// Of clients and connections that were made before, by the last part of the name.
fn by_parts(path: &str, python: bool) -> Option<Model> {
    let (root, last) = (root(path), last(path));
    if last == "request" && path.contains("HTTP") && path.contains("()") {
        return Some(Model::Transmit);
    }
    if path.starts_with("open(w)") {
        return matches!(last, "write" | "writelines" | "end").then_some(Model::Write);
    }
    if matches!(last, "pipe" | "pipeTo" | "copyfileobj" | "pipeline") {
        return Some(Model::Pipe);
    }
    if CLIENTS.contains(&root) && VERBS.contains(&last) && !path.ends_with("()") {
        // What follows on an answer is no request; on a request it sends its body.
        let answered = path.contains("()")
            && path
                .split("()")
                .next()
                .is_some_and(|first| VERBS.contains(&self::last(first)));
        if !answered {
            return Some(Model::Request);
        }
    }
    let made = path.contains("()");
    Some(match last {
        "send" | "sendall" | "sendto" | "sendmail" | "send_message" | "sendMail" | "storbinary"
        | "write" | "end" | "put_object" | "upload_file" | "upload_fileobj" | "putObject"
        | "sendLine" | "request"
            if made
                && (matches!(
                    root,
                    "socket"
                        | "net"
                        | "tls"
                        | "smtplib"
                        | "nodemailer"
                        | "ftplib"
                        | "http"
                        | "https"
                        | "httplib"
                        | "boto3"
                        | "ws"
                        | "WebSocket"
                        | "websocket"
                        | "websockets"
                        | "XMLHttpRequest"
                        | "dgram"
                        | "telnetlib"
                        | "asyncio"
                )) =>
        {
            Model::Transmit
        }
        "recv" | "recvfrom" | "makefile" if root == "socket" && made => Model::Receive,
        "read_text" | "read_bytes" | "readText" if made || !python => Model::Read,
        "read_text" | "read_bytes" => Model::Read,
        "write_text" | "write_bytes" => Model::Write,
        "iterdir" | "rglob" | "glob" if path.contains("Path") => Model::Walk,
        "unlink" if path.contains("Path") => Model::Delete,
        "expanduser" | "resolve" | "absolute" | "as_posix" if path.contains("Path") => Model::Same,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_on_a_client_is_a_request_and_on_an_answer_is_none() {
        for (path, expected) in [
            ("requests.post", Some(Model::Request)),
            ("requests.Session().post", Some(Model::Request)),
            ("httpx.AsyncClient().get", Some(Model::Request)),
            ("requests.get().headers.get", None),
            ("axios.post", Some(Model::Request)),
            ("https.request().end", Some(Model::Transmit)),
            ("socket.socket().sendall", Some(Model::Transmit)),
            ("socket.socket().recv", Some(Model::Receive)),
            ("urllib.request.urlopen", Some(Model::Request)),
            ("tool.get", None),
        ] {
            assert_eq!(model(path, true), expected, "{path}");
        }
        assert_eq!(model("exec", false), None);
    }
}
