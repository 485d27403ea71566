//! What functions of libraries do, by their full names.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::Coding;
use super::library::Model;

/// Names that mean something else in JavaScript.
static PYTHON_ONLY: &[&str] = &["exec", "compile", "open"];

/// Functions by what they do, with blanks between their names.
#[rustfmt::skip]
static FUNCTIONS: &[(Model, &str)] = &[
    (
        Model::Code,
        "eval execfile vm.runInThisContext vm.runInNewContext vm.runInContext code.interact \
         code.InteractiveInterpreter().runsource setImmediate.eval",
    ),
    (
        Model::Code,
        "exec",
    ),
    (
        Model::Compile,
        "compile",
    ),
    (
        Model::Compile,
        "Function vm.Script types.FunctionType vm.compileFunction",
    ),
    (
        Model::Deserialize,
        "marshal.loads pickle.loads pickle.load cPickle.loads cPickle.load dill.loads dill.load \
         cloudpickle.loads cloudpickle.load shelve.open yaml.load yaml.load_all yaml.unsafe_load \
         yaml.full_load jsonpickle.decode joblib.load torch.load marshal.load pickle.Unpickler().load \
         node-serialize.unserialize serialize.unserialize _pickle.loads",
    ),
    (
        Model::Shell,
        "os.system os.popen commands.getoutput subprocess.getoutput subprocess.getstatusoutput \
         child_process.exec child_process.execSync asyncio.create_subprocess_shell popen2.popen2 \
         shelljs.exec execa.execaCommand execa.command execa.commandSync posix.system nt.system \
         os.popen2 os.popen3",
    ),
    (
        Model::Program,
        "subprocess.run subprocess.call subprocess.check_call subprocess.check_output \
         subprocess.Popen os.execv os.execve os.execvp os.execl os.execlp os.spawnl os.spawnv \
         os.spawnlp os.spawnvp os.posix_spawn pty.spawn child_process.spawn \
         child_process.spawnSync child_process.execFile child_process.execFileSync \
         child_process.fork asyncio.create_subprocess_exec execa execa.execa execa.execaSync \
         Bun.spawn Bun.spawnSync Deno.Command Deno.run os.startfile pexpect.spawn cross-spawn \
         process.binding process.dlopen",
    ),
    (
        Model::Import,
        "__import__ importlib.import_module require import imp.load_source importlib.__import__ \
         runpy.run_path runpy.run_module",
    ),
    (
        Model::Attribute,
        "getattr Reflect.get operator.attrgetter inspect.getattr_static",
    ),
    (
        Model::Registry,
        "winreg.OpenKey winreg.CreateKey winreg.OpenKeyEx winreg.CreateKeyEx winreg.SetValue _winreg.OpenKey _winreg.CreateKey",
    ),
    (
        Model::Request,
        "fetch aiohttp.request navigator.sendBeacon axios got ky superagent request wget.download \
         EventSource undici.fetch undici.request axios() Image needle webbrowser.open window.open",
    ),
    (
        Model::Connect,
        "WebSocket ws ws.WebSocket websocket.create_connection websockets.connect \
         websocket.WebSocketApp socket.create_connection net.connect net.createConnection \
         tls.connect net.Socket().connect socket.socket().connect socket.socket().connect_ex \
         ftplib.FTP http.client.HTTPSConnection http.client.HTTPConnection \
         httplib.HTTPSConnection httplib.HTTPConnection smtplib.SMTP smtplib.SMTP_SSL \
         telnetlib.Telnet paramiko.SSHClient().connect XMLHttpRequest().open \
         asyncio.open_connection nodemailer.createTransport boto3.client boto3.resource",
    ),
    (
        Model::Resolve,
        "socket.gethostbyname socket.getaddrinfo socket.gethostbyname_ex dns.resolver.resolve \
         dns.resolver.query dns.lookup dns.resolve dns.resolve4 dns.resolveTxt dns.resolveAny \
         dns.resolver.Resolver().resolve dns.Resolver().resolve4 dns.resolveCname dns.resolve6 \
         dns.resolver.Resolver().query",
    ),
    (
        Model::Listen,
        "socket.socket().listen http.createServer net.createServer http.server.HTTPServer \
         socketserver.TCPServer https.createServer http.server.ThreadingHTTPServer \
         asyncio.start_server",
    ),
    (
        Model::Open,
        "open",
    ),
    (
        Model::Open,
        "io.open codecs.open os.open fs.open fs.openSync pathlib.Path().open gzip.open \
         zipfile.ZipFile tarfile.open aiofiles.open sqlite3.connect better-sqlite3 \
         sqlite3.Database fs.createWriteStream zipfile.PyZipFile",
    ),
    (
        Model::Read,
        "fs.readFile fs.readFileSync fs.createReadStream Deno.readTextFile Deno.readTextFileSync \
         Bun.file Deno.readFile fs.readJson fs.readJsonSync numpy.loadtxt pandas.read_csv \
         linecache.getlines fileinput.input",
    ),
    (
        Model::Write,
        "fs.writeFile fs.writeFileSync fs.appendFile fs.appendFileSync Deno.writeTextFile \
         Deno.writeFile Bun.write fs.outputFile fs.outputFileSync fs.writeJson",
    ),
    (
        Model::Copy,
        "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move os.rename \
         os.replace fs.copyFile fs.copyFileSync fs.rename fs.renameSync fs.cp fs.cpSync \
         os.symlink os.link fs.symlinkSync shutil.make_archive",
    ),
    (
        Model::Delete,
        "os.remove os.unlink fs.unlink fs.unlinkSync pathlib.Path().unlink",
    ),
    (
        Model::DeleteTree,
        "shutil.rmtree fs.rm fs.rmSync fs.rmdirSync fs.rmdir rimraf rimraf.sync os.removedirs \
         fs.remove fs.removeSync fs.emptyDirSync del",
    ),
    (
        Model::Walk,
        "os.walk glob.glob glob.iglob os.listdir os.scandir fs.readdir fs.readdirSync glob \
         glob.sync glob.globSync fast-glob fast-glob.sync globby walkdir",
    ),
    (
        Model::Decode(Coding::Base64),
        "base64.b64decode base64.decodebytes base64.urlsafe_b64decode base64.standard_b64decode \
         binascii.a2b_base64 atob base64.decodestring js-base64.decode",
    ),
    (
        Model::Decode(Coding::Hex),
        "bytes.fromhex bytearray.fromhex binascii.unhexlify binascii.a2b_hex",
    ),
    (
        Model::Decode(Coding::Compressed),
        "zlib.decompress gzip.decompress bz2.decompress lzma.decompress zlib.inflateSync \
         zlib.gunzipSync zlib.unzipSync zlib.inflateRawSync pako.inflate \
         zlib.brotliDecompressSync",
    ),
    (
        Model::Decode(Coding::Percent),
        "unescape decodeURIComponent decodeURI urllib.parse.unquote urllib.parse.unquote_plus \
         urllib.unquote",
    ),
    (
        Model::Decode(Coding::Other),
        "base64.b85decode base64.a85decode base64.b32decode base64.b16decode CryptoJS.AES.decrypt \
         cryptography.fernet.Fernet().decrypt crypto.createDecipheriv",
    ),
    (
        Model::DecodeNamed,
        "codecs.decode Buffer.from Buffer",
    ),
    (
        Model::Encode("base64"),
        "base64.b64encode base64.urlsafe_b64encode base64.encodebytes btoa binascii.b2a_base64 \
         base64.standard_b64encode",
    ),
    (
        Model::Encode("hex"),
        "binascii.hexlify binascii.b2a_hex base64.b16encode",
    ),
    (
        Model::Encode("base32"),
        "base64.b32encode base64.b85encode",
    ),
    (
        Model::Encode("URL encoding"),
        "urllib.parse.quote urllib.parse.quote_plus urllib.parse.urlencode encodeURIComponent \
         urllib.urlencode URLSearchParams querystring.stringify escape",
    ),
    (
        Model::Encode("compression"),
        "zlib.compress gzip.compress zlib.gzipSync zlib.deflateSync bz2.compress lzma.compress",
    ),
    (
        Model::Encrypt,
        "cryptography.fernet.Fernet().encrypt crypto.createCipheriv Fernet().encrypt \
         CryptoJS.AES.encrypt Crypto.Cipher.AES.new Cryptodome.Cipher.AES.new \
         crypto.publicEncrypt nacl.secret.SecretBox().encrypt pyAesCrypt.encryptFile \
         crypto.createCipher crypto.subtle.encrypt",
    ),
    (
        Model::JoinPath,
        "os.path.join path.join path.resolve posixpath.join ntpath.join path.posix.join \
         path.win32.join upath.join",
    ),
    (
        Model::Same,
        "os.path.expanduser os.path.abspath os.path.realpath os.path.expandvars os.path.normpath \
         pathlib.Path pathlib.PosixPath pathlib.PurePath path.normalize str String bytes \
         bytearray list tuple set dict sorted iter URL String.raw memoryview Array.from Object \
         Promise.resolve io.BytesIO io.StringIO expanduser url.parse Uint8Array Uint8Array.from \
         Buffer.concat repr Promise.all asyncio.run textwrap.dedent Array TextDecoder().decode \
         TextEncoder().encode next util.inspect functools.partial fileURLToPath os.fspath \
         typing.cast vars",
    ),
    (
        Model::Home,
        "pathlib.Path.home os.homedir",
    ),
    (
        Model::Variable,
        "os.getenv os.environ.get os.environ.pop environ.get Deno.env.get os.environb.get \
         os.environ.setdefault",
    ),
    (
        Model::Input,
        "input raw_input sys.stdin.read sys.stdin.readline prompt readline.question \
         sys.stdin.buffer.read",
    ),
    (
        Model::Clipboard,
        "pyperclip.paste navigator.clipboard.readText clipboardy.read clipboardy.readSync \
         win32clipboard.GetClipboardData tkinter.Tk().clipboard_get clipboard.paste \
         pandas.read_clipboard",
    ),
    (
        Model::Screen,
        "pyautogui.screenshot PIL.ImageGrab.grab ImageGrab.grab mss.mss().grab mss.mss().shot \
         screenshot-desktop mss().grab pyscreenshot.grab desktopCapturer.getSources \
         navigator.mediaDevices.getDisplayMedia",
    ),
    (
        Model::Location,
        "navigator.geolocation.getCurrentPosition geocoder.ip navigator.geolocation.watchPosition",
    ),
    (
        Model::Identity,
        "socket.gethostname platform.node getpass.getuser os.getlogin os.hostname os.userInfo \
         platform.uname os.uname uuid.getnode os.networkInterfaces socket.getfqdn \
         platform.platform psutil.users",
    ),
    (
        Model::Clock,
        "datetime.datetime.now datetime.now datetime.datetime.utcnow datetime.utcnow \
         datetime.date.today date.today datetime.datetime.today time.time Date Date.now \
         time.localtime time.gmtime time.strftime moment dayjs",
    ),
    (
        Model::Keychain,
        "keyring.get_password keytar.getPassword keytar.findCredentials browser_cookie3.chrome \
         browser_cookie3.load browser_cookie3.firefox win32crypt.CryptUnprotectData \
         keyring.get_credential browsercookie.chrome pwd.getpwall spwd.getspall",
    ),
    (
        Model::Serialize,
        "json.dumps JSON.stringify pprint.pformat yaml.dump pickle.dumps json.dump print \
         console.log pprint.pprint yaml.safe_dump",
    ),
    (
        Model::Characters,
        "chr String.fromCharCode String.fromCodePoint unichr",
    ),
    (
        Model::CodeOf,
        "ord",
    ),
    (
        Model::Mode,
        "os.chmod fs.chmod fs.chmodSync os.fchmod pathlib.Path().chmod",
    ),
    (
        Model::RaiseRights,
        "os.setuid os.seteuid os.setgid process.setuid os.setreuid os.setresuid",
    ),
    (
        Model::Redirect,
        "os.dup2",
    ),
    (
        Model::Fork,
        "os.fork multiprocessing.Process",
    ),
    (
        Model::LoadVariables,
        "dotenv.load_dotenv dotenv.config dotenv.dotenv_values",
    ),
    (
        Model::Keys,
        "pynput.keyboard.Listener keyboard.on_press keyboard.hook keyboard.record \
         pynput.keyboard.Listener().start iohook.on GlobalKeyboardListener \
         uiohook-napi.uIOhook.on",
    ),
    (
        Model::Native,
        "ctypes.windll.kernel32.VirtualAlloc ctypes.windll.kernel32.CreateThread \
         ctypes.windll.kernel32.RtlMoveMemory ctypes.windll.kernel32.CreateRemoteThread \
         ctypes.windll.kernel32.WriteProcessMemory ctypes.windll.kernel32.VirtualAllocEx",
    ),
];

static BY_NAME: LazyLock<HashMap<&str, Model>> = LazyLock::new(|| {
    FUNCTIONS
        .iter()
        .flat_map(|(model, names)| names.split_whitespace().map(|name| (name, *model)))
        .collect()
});

/// What a function does, by its full name.
pub(super) fn by_name(path: &str, python: bool) -> Option<Model> {
    if !python && PYTHON_ONLY.contains(&path) {
        return None;
    }
    BY_NAME.get(path).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_the_table_once() {
        let count: usize = FUNCTIONS
            .iter()
            .map(|(_, names)| names.split_whitespace().count())
            .sum();
        assert_eq!(count, BY_NAME.len());
    }
}
