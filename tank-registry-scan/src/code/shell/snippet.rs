//! A few lines of another language, by their words.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::Run;
use super::values::{Data, Marks};
use super::{places, rules};

/// What a few lines of another language print, as far as that can be told by their words.
pub(super) fn scripted(
    run: &mut Run<'_, '_>,
    body: &str,
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    if is_connected_shell(body) {
        run.hit(
            &rules::REVERSE_SHELL,
            range,
            Severity::Critical,
            "Connects a shell to the network: whoever answers gives the commands.",
        );
    }
    let mut output = stdin.passed();
    let has = |words: &[&str]| words.iter().any(|word| body.contains(word));
    if has(&[
        "b64decode",
        "fromhex",
        "'base64'",
        "\"base64\"",
        "atob(",
        "decode_base64",
        "unhexlify",
        "base64_decode",
        "unpack(\"m",
        "rot13",
        "zlib.decompress",
    ]) {
        output = output.and(Marks::DECODED);
    }
    if has(&[
        "urlopen",
        "requests.get",
        "urlretrieve",
        "LWP::",
        "open-uri",
        "fetch(",
        "http.get",
        "https.get",
        "file_get_contents('http",
        "HTTP::Tiny",
    ]) {
        output = output.and(Marks::DOWNLOAD);
        first_url(body).clone_into(&mut output.origin);
    }
    if has(&[
        "os.environ)",
        "dict(os.environ",
        "os.environ.items",
        "JSON.stringify(process.env)",
        "process.env)",
        "%ENV",
        "ENV.to_h",
        "getenv()",
    ]) {
        output = output.and(Marks::ENVIRONMENT);
        "the environment".clone_into(&mut output.secret);
    }
    if places::secrecy(body).is_some() && has(&["open(", "read", "File.", "slurp"]) {
        output = output.and(Marks::SECRET);
        "a store of credentials".clone_into(&mut output.secret);
    }
    output
}

pub(super) fn first_url(text: &str) -> &str {
    let Some(at) = text.find("http") else {
        return "";
    };
    let rest = text.get(at..).unwrap_or_default();
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '`'))
        .unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// Whether a few lines connect a shell to the network, in any language.
pub(super) fn is_connected_shell(body: &str) -> bool {
    let connects = [
        "socket",
        "fsockopen",
        "TCPSocket",
        "Socket",
        "/inet/tcp/",
        "net.connect",
        "createConnection",
        "TCPClient",
    ]
    .iter()
    .any(|word| body.contains(word));
    let shell = [
        "/bin/sh",
        "/bin/bash",
        "pty.spawn",
        "dup2",
        "STDIN,\">&",
        "cmd.exe",
        "sh -i",
        "bash -i",
        "powershell",
    ]
    .iter()
    .any(|word| body.contains(word));
    connects && shell
}
