//! What functions of libraries do, by their dotted names.

use super::fold::Coding;
use super::table;

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
    /// Opens a key of the registry of Windows.
    Registry,
    /// Listens to the keyboard.
    Keys,
    /// Puts machine code into memory.
    Native,
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

/// What a function does; `None` where it is not known.
pub(super) fn model(path: &str, python: bool) -> Option<Model> {
    table::by_name(path, python).or_else(|| by_parts(path, python))
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
