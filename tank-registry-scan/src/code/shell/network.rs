//! Programs that connect: what they fetch, and what leaves with them.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::{Url, is_foreign};
use super::run::{Arg, Run};
use super::values::{Data, Marks};
use super::words::{self, read};
use super::{programs, rules};
use crate::finding::Capability;

/// What nobody sends by accident.
const PRIVATE: Marks = Marks::SECRET;

/// One request.
#[derive(Debug, Default)]
struct Request {
    urls: Vec<Data>,
    /// What goes along: in the body, or in a file that is uploaded.
    body: Data,
    has_body: bool,
    /// What goes along as a header, where keys belong.
    header: Data,
    output: Option<String>,
    named_by_url: bool,
    insecure: bool,
}

/// Runs a command that connects; `None` where it is none.
pub(super) fn run(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    has_input: bool,
    range: &Range<usize>,
) -> Option<Data> {
    match name {
        "curl" | "curlie" => {
            let request = curl(run, args, stdin, range);
            Some(requested(run, request, range))
        }
        "wget" | "wget2" | "aria2c" | "axel" => {
            let request = wget(run, name, args, stdin, range);
            Some(requested(run, request, range))
        }
        "fetch" | "lwp-request" | "GET" | "http" | "https" | "xh" | "httpie" | "lynx" | "w3m" => {
            if !args.iter().any(|arg| is_url(arg.text())) {
                return None;
            }
            let mut request = Request::default();
            for arg in args {
                if is_url(arg.text()) {
                    request.urls.push(arg.data.clone());
                } else if arg.text().contains('=') || has_input && arg.text() == "POST" {
                    request.has_body = true;
                    request.body.add_marks(&arg.data);
                    request.body.add_marks(stdin);
                }
            }
            Some(requested(run, request, range))
        }
        "nc" | "ncat" | "netcat" | "telnet" => Some(netcat(run, args, stdin, has_input, range)),
        "socat" => {
            let runs = args.iter().any(|arg| {
                let text = arg.text().to_ascii_lowercase();
                text.starts_with("exec:")
                    || text.starts_with("system:")
                    || text.starts_with("shell:")
            });
            let connects = args.iter().any(|arg| {
                let text = arg.text().to_ascii_lowercase();
                ["tcp", "udp", "openssl", "ssl", "sctp"]
                    .iter()
                    .any(|scheme| text.starts_with(scheme))
            });
            if runs && connects {
                shell(run, range);
            } else {
                let host = args
                    .iter()
                    .find_map(|arg| arg.text().split(':').nth(1))
                    .unwrap_or_default()
                    .to_owned();
                leaves(run, stdin, &host, range, "through a raw connection");
            }
            Some(Data::default())
        }
        "dig" | "nslookup" | "host" | "drill" | "ping" | "kdig" | "resolvectl" | "getent" => {
            asked(run, name, args, range);
            Some(Data::default())
        }
        "ssh" | "scp" | "sftp" | "rsync" | "ftp" | "lftp" | "rclone" | "aws" | "gsutil"
        | "s3cmd" | "mc" | "az" | "gcloud" | "croc" | "wormhole" | "mail" | "mailx" | "mutt"
        | "sendmail" | "msmtp" | "swaks" | "gh" | "tftp" | "smbclient" => {
            copied_out(run, name, args, stdin, range);
            if args.last().is_some_and(|arg| arg.text() == "-") {
                // What a bucket holds is printed.
                return Some(Data::marked(Marks::DOWNLOAD, ""));
            }
            Some(Data::default())
        }
        "git" => {
            git(run, args, range);
            Some(Data::default())
        }
        "openssl" if args.first().is_some_and(|arg| arg.text() == "s_client") => {
            let host = args
                .iter()
                .skip_while(|arg| arg.text() != "-connect")
                .nth(1)
                .map(|arg| arg.text().to_owned())
                .unwrap_or_default();
            leaves(run, stdin, &host, range, "through a raw connection");
            Some(Data::default())
        }
        _ => None,
    }
}

fn is_url(text: &str) -> bool {
    text.contains("://")
}

fn shell(run: &mut Run<'_, '_>, range: &Range<usize>) {
    run.hit(
        &rules::REVERSE_SHELL,
        range,
        Severity::Critical,
        "Connects a shell to the network: whoever answers gives the commands.",
    );
}

/// A value that names a file after `@`, or is what is sent.
fn attached(
    run: &mut Run<'_, '_>,
    value: &Data,
    stdin: &Data,
    range: &Range<usize>,
    form: bool,
) -> Data {
    let text = value.text.clone();
    let path = if form {
        text.split_once("=@")
            .or_else(|| text.split_once("=<"))
            .map(|(_, path)| path)
    } else {
        text.strip_prefix('@').or_else(|| {
            text.split_once('@')
                .filter(|(name, _)| words::is_name(name))
                .map(|(_, path)| path)
        })
    };
    let Some(path) = path else {
        return value.clone();
    };
    let path = path.split(';').next().unwrap_or(path).trim_matches('"');
    if matches!(path, "-" | "/dev/stdin") {
        return stdin.clone();
    }
    let mut data = read(run, path, range, true);
    data.add_marks(value);
    data
}

fn curl(run: &mut Run<'_, '_>, args: &[Arg], stdin: &Data, range: &Range<usize>) -> Request {
    /// Short options that take a value.
    const VALUED: &str = "AbcCDdeEFHhKmoPQrtTuUwxXyYz";
    const LONG: &[&str] = &[
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "--data-ascii",
        "--json",
        "--form",
        "--form-string",
        "--header",
        "--output",
        "--output-dir",
        "--request",
        "--user",
        "--user-agent",
        "--upload-file",
        "--url",
        "--url-query",
        "--proxy",
        "--max-time",
        "--connect-timeout",
        "--retry",
        "--retry-delay",
        "--retry-max-time",
        "--cookie",
        "--cookie-jar",
        "--referer",
        "--range",
        "--write-out",
        "--cacert",
        "--cert",
        "--key",
        "--proto",
        "--resolve",
        "--interface",
        "--config",
        "--dump-header",
        "--unix-socket",
        "--limit-rate",
        "--max-redirs",
        "--oauth2-bearer",
        "--proto-redir",
        "--ciphers",
        "--capath",
        "--doh-url",
        "--variable",
        "--aws-sigv4",
    ];
    let mut request = Request::default();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let text = arg.text();
        let Some(flag) = text.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
            request.urls.push(arg.data.clone());
            continue;
        };
        let (option, value) = if let Some(long) = flag.strip_prefix('-') {
            let (long, inline) = match long.split_once('=') {
                Some((long, value)) => (long, Some(value)),
                None => (long, None),
            };
            let full = format!("--{long}");
            let valued = LONG.contains(&&*full);
            let value = match inline {
                Some(value) => Some(Data {
                    text: value.to_owned(),
                    ..arg.data.clone()
                }),
                None if valued => {
                    at += 1;
                    args.get(at - 1).map(|arg| arg.data.clone())
                }
                None => None,
            };
            (full, value)
        } else {
            // A cluster: the first option with a value takes the rest, or the next word.
            let mut option = flag.chars().last().unwrap_or_default();
            let mut value = None;
            for (position, c) in flag.char_indices() {
                match c {
                    'k' => request.insecure = true,
                    'O' => request.named_by_url = true,
                    _ => {}
                }
                if VALUED.contains(c) {
                    option = c;
                    let rest = flag.get(position + c.len_utf8()..).unwrap_or_default();
                    value = if rest.is_empty() {
                        at += 1;
                        args.get(at - 1).map(|arg| arg.data.clone())
                    } else {
                        Some(Data {
                            text: rest.to_owned(),
                            ..arg.data.clone()
                        })
                    };
                    break;
                }
            }
            (format!("-{option}"), value)
        };
        if option == "--insecure" {
            request.insecure = true;
        } else if option == "--remote-name" {
            request.named_by_url = true;
        }
        let Some(value) = value else { continue };
        match &*option {
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-urlencode"
            | "--data-ascii" | "--json" => {
                let data = attached(run, &value, stdin, range, false);
                request.has_body = true;
                request.body.push(&data);
            }
            "-F" | "--form" | "--form-string" => {
                let data = attached(run, &value, stdin, range, true);
                request.has_body = true;
                request.body.push(&data);
            }
            "-T" | "--upload-file" => {
                let data = if matches!(&*value.text, "-" | ".") {
                    stdin.clone()
                } else {
                    read(run, &value.text, range, true)
                };
                request.has_body = true;
                request.body.push(&data);
            }
            "--url-query" => {
                request.has_body = true;
                request.body.push(&value);
            }
            "-H" | "--header" | "-u" | "--user" | "--oauth2-bearer" | "-A" | "--user-agent"
            | "-e" | "--referer" | "-b" | "--cookie" => {
                request.header.push(&value);
            }
            "-o" | "--output" => request.output = Some(value.text.clone()),
            "--url" => request.urls.push(value),
            _ => {}
        }
    }
    request
}

fn wget(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Request {
    let mut request = Request {
        named_by_url: true,
        ..Request::default()
    };
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let text = arg.text();
        if let Some(long) = text.strip_prefix("--") {
            let (long, mut value) = match long.split_once('=') {
                Some((long, value)) => (
                    long,
                    Data {
                        text: value.to_owned(),
                        ..arg.data.clone()
                    },
                ),
                None => (long, Data::default()),
            };
            if value.text.is_empty()
                && matches!(
                    long,
                    "post-data"
                        | "body-data"
                        | "post-file"
                        | "body-file"
                        | "header"
                        | "output-document"
                )
            {
                value = args.get(at).map(|arg| arg.data.clone()).unwrap_or_default();
                at += 1;
            }
            match long {
                "post-data" | "body-data" => {
                    request.has_body = true;
                    request.body.push(&value);
                }
                "post-file" | "body-file" => {
                    let data = if value.text == "-" {
                        stdin.clone()
                    } else {
                        read(run, &value.text, range, true)
                    };
                    request.has_body = true;
                    request.body.push(&data);
                }
                "header" => request.header.push(&value),
                "output-document" => request.output = Some(value.text),
                "no-check-certificate" => request.insecure = true,
                _ => {}
            }
        } else if let Some(flag) = text.strip_prefix('-') {
            let output = if name == "aria2c" || name == "axel" {
                'o'
            } else {
                'O'
            };
            if let Some((_, rest)) = flag.split_once(output) {
                if rest.is_empty() {
                    request.output = args.get(at).map(|arg| arg.text().to_owned());
                    at += 1;
                } else {
                    request.output = Some(rest.to_owned());
                }
            } else if matches!(flag, "P" | "o" | "t" | "T" | "U" | "a" | "i" | "d" | "e") {
                at += 1;
            }
        } else {
            request.urls.push(arg.data.clone());
        }
    }
    request
}

/// A request is made: what it sends is judged, and what it fetches is kept.
fn requested(run: &mut Run<'_, '_>, request: Request, range: &Range<usize>) -> Data {
    let url = request
        .urls
        .iter()
        .find(|url| is_url(&url.text) || url.text.contains('.'))
        .or(request.urls.first())
        .cloned()
        .unwrap_or_default();
    let read = Url::read(&url.text);
    let host = if read.host.contains(['$', '<', '{']) {
        String::new()
    } else {
        read.host.to_ascii_lowercase()
    };
    run.fact(Capability::Network, range, &*host);
    if request.insecure && !read.is_local() && !host.is_empty() {
        run.hit(
            &rules::NO_TLS,
            range,
            Severity::Medium,
            "Connects without checking whom to.",
        );
    }
    let mut sent = request.body.clone();
    for url in &request.urls {
        // A key in the path or the host of a URL is one in its query.
        let marks = url
            .marks
            .without(Marks::DOWNLOAD | Marks::DECODED | Marks::ALTERED);
        sent.add_marks(&Data {
            marks,
            ..url.clone()
        });
    }
    let carries = request.has_body
        || url
            .marks
            .has(Marks::KEY | Marks::SECRET | Marks::ENVIRONMENT | Marks::IDENTITY | Marks::FILE);
    if carries {
        run.fact(Capability::Send, range, &*host);
        leaves(run, &sent, &url.text, range, "in a request");
    }
    let foreign = request.header.keys.iter().any(|key| is_foreign(key, &host));
    let collects = read.is_drop() || read.is_address() || read.is_short();
    let never = request.header.keys.iter().any(|key| key.starts_with("AWS_SECRET"));
    if foreign && !host.is_empty() && (collects || never) {
        leaves(run, &request.header, &url.text, range, "in a header");
    }
    // A header may hold the key of the service that is asked, and nothing else that is private.
    let header = request.header;
    if header.marks.has(Marks::ENVIRONMENT | Marks::HOME)
        || header.marks.has(PRIVATE) && !names_agree(&header.secret, &host)
    {
        leaves(run, &header, &url.text, range, "in a header");
    }
    let fetched = Data {
        text: String::new(),
        known: false,
        marks: Marks::DOWNLOAD,
        lead: Marks::DOWNLOAD,
        origin: url.text.clone(),
        ..Data::default()
    };
    match request.output.as_deref() {
        Some("-" | "/dev/stdout") => fetched,
        Some("/dev/null") => Data::default(),
        Some(path) => {
            words::written(run, path, &fetched, false, range);
            Data::default()
        }
        None if request.named_by_url => {
            let name = read
                .path
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .rsplit('/')
                .next()
                .unwrap_or_default();
            if !name.is_empty() {
                run.fact(Capability::Write, range, name);
                run.state.store(name, fetched);
            }
            Data::default()
        }
        None => fetched,
    }
}

/// Whether a store of credentials belongs to a host: `~/.npmrc` and `registry.npmjs.org`.
fn names_agree(path: &str, host: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let owners: &[(&str, &str)] = &[
        ("npmrc", "npm"),
        ("docker", "docker"),
        ("gh/hosts", "github"),
        ("gcloud", "google"),
        ("azure", "azure"),
        ("kube", ""),
        ("pypirc", "pypi"),
        ("codex", "openai"),
        ("claude", "anthropic"),
        ("claude", "claude"),
        ("openclaw", "localhost"),
        ("openclaw", "127.0.0.1"),
        ("vault", ""),
        ("gemini", "google"),
    ];
    owners
        .iter()
        .any(|(store, owner)| path.contains(store) && host.contains(owner))
}

/// Data leaves: that is judged by what it is and by where it goes.
pub(super) fn leaves(
    run: &mut Run<'_, '_>,
    data: &Data,
    target: &str,
    range: &Range<usize>,
    how: &str,
) {
    let url = Url::read(target);
    let marks = data.marks;
    let shown = if target.is_empty() {
        "another machine"
    } else {
        target
    };
    let what = if data.secret.is_empty() {
        "what it read"
    } else {
        &*data.secret
    };
    let what = what.to_owned();
    if url.is_local() && !marks.has(PRIVATE | Marks::ENVIRONMENT) {
        return;
    }
    let found = if marks.has(PRIVATE) {
        Some((
            Severity::Critical,
            format!("Sends credentials ({what}) {how} to {shown}."),
        ))
    } else if marks.has(Marks::ENVIRONMENT) {
        run.fact(Capability::WholeEnvironment, range, "");
        Some((
            Severity::Critical,
            format!("Sends the whole environment {how} to {shown}."),
        ))
    } else if marks.has(Marks::HOME) && !url.is_local() {
        Some((
            Severity::Critical,
            format!("Sends the user's own files ({what}) {how} to {shown}."),
        ))
    } else if marks.has(Marks::DOTENV) {
        Some((
            Severity::High,
            format!("Sends a file of keys ({what}) {how} to {shown}."),
        ))
    } else if marks.has(Marks::CAPTURE) {
        Some((
            Severity::High,
            format!("Sends what the user sees or copies {how} to {shown}."),
        ))
    } else if marks.has(Marks::KEY) {
        keys_leave(data, &url, target, how)
    } else if marks.has(Marks::IDENTITY) && !marks.has(Marks::DOWNLOAD) {
        let collects = url.is_drop() || url.is_address() || url.plain || marks.has(Marks::ENCODED);
        let severity = if collects {
            Severity::High
        } else {
            Severity::Medium
        };
        Some((
            severity,
            format!("Tells who and where this machine is {how} to {shown}."),
        ))
    } else if url.is_drop() {
        let severity = if marks.has(Marks::FILE | Marks::ENCODED) {
            Severity::High
        } else {
            Severity::Medium
        };
        Some((
            severity,
            format!("Sends data {how} to a place where anybody collects it: {shown}."),
        ))
    } else if url.is_address() && marks.has(Marks::FILE) && marks.has(Marks::ENCODED) {
        Some((
            Severity::High,
            format!("Packs files and sends them {how} to a bare address: {shown}."),
        ))
    } else {
        None
    };
    if let Some((severity, message)) = found {
        run.proven(&rules::EXFILTRATION, range, severity, message);
    }
}

/// Keys in a body or a URL: to their own vendor that is how some services take them.
fn keys_leave(data: &Data, url: &Url<'_>, target: &str, how: &str) -> Option<(Severity, String)> {
    let keys = data.keys.join(", ");
    let foreign: Vec<&String> = data
        .keys
        .iter()
        .filter(|key| is_foreign(key, url.host))
        .collect();
    let unknown = url.host.is_empty() || url.host.contains('$');
    if url.is_drop() || url.is_address() || url.is_short() {
        return Some((
            Severity::Critical,
            format!("Sends keys ({keys}) {how} to {target}."),
        ));
    }
    if foreign.len() >= 2 {
        return Some((
            Severity::Critical,
            format!("Sends keys of several services ({keys}) {how} to {target}."),
        ));
    }
    if !foreign.is_empty() && !unknown {
        return Some((
            Severity::High,
            format!("Sends a key ({keys}) {how} to {target}, whose it is not."),
        ));
    }
    (url.plain && !url.is_local()).then(|| {
        (
            Severity::Medium,
            format!("Sends a key ({keys}) {how} without encryption to {target}."),
        )
    })
}

fn netcat(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    stdin: &Data,
    has_input: bool,
    range: &Range<usize>,
) -> Data {
    let mut listens = false;
    let mut host = String::new();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let text = arg.text();
        if let Some(flag) = text.strip_prefix('-') {
            let next = args.get(at).map(Arg::text).unwrap_or_default();
            let runs = matches!(text, "--exec" | "--sh-exec" | "--lua-exec")
                || !flag.starts_with('-') && flag.ends_with(['e', 'c']);
            if runs
                && (programs::interpreter(words::program(next.split(' ').next().unwrap_or(next)))
                    .is_some()
                    || next.contains("cmd"))
            {
                shell(run, range);
                return Data::default();
            }
            listens |= text == "--listen" || !flag.starts_with('-') && flag.contains('l');
            if matches!(flag, "w" | "p" | "i" | "s" | "q" | "X" | "x") {
                at += 1;
            }
        } else if host.is_empty() {
            text.clone_into(&mut host);
        }
    }
    if listens {
        run.fact(Capability::Listen, range, "");
        run.hit(
            &rules::LISTENER,
            range,
            Severity::Low,
            "Waits for connections from other machines.",
        );
    } else {
        run.fact(Capability::Network, range, &*host);
        if has_input {
            run.fact(Capability::Send, range, &*host);
            leaves(run, stdin, &host, range, "through a raw connection");
        }
    }
    Data {
        marks: Marks::DOWNLOAD,
        lead: Marks::DOWNLOAD,
        origin: host,
        ..Data::default()
    }
}

/// A name is looked up, or a machine is pinged: data can hide in it.
fn asked(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) {
    const PRIVATE: Marks = Marks::SECRET;
    let hidden = PRIVATE
        | Marks::ENVIRONMENT
        | Marks::KEY
        | Marks::ENCODED
        | Marks::FILE
        | Marks::IDENTITY
        | Marks::HOME
        | Marks::DOTENV;
    for arg in args {
        let text = arg.text();
        let marks = arg.data.marks;
        // What it is told to look up starts with data and ends with somebody's domain.
        let below = text.rsplit_once('.').is_some_and(|(_, end)| {
            end.len() > 1 && end.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        let pattern = name == "ping" && args.iter().any(|arg| arg.text() == "-p");
        if marks.has(hidden) && (below || pattern) && !marks.has(Marks::DOWNLOAD) {
            let only_identity = !marks.has(
                PRIVATE
                    | Marks::ENVIRONMENT
                    | Marks::KEY
                    | Marks::ENCODED
                    | Marks::FILE
                    | Marks::HOME,
            );
            let severity = if only_identity {
                Severity::High
            } else {
                Severity::Critical
            };
            run.proven(
                &rules::EXFILTRATION,
                range,
                severity,
                format!("Hides data in a name that is looked up: {text}."),
            );
            run.fact(Capability::Send, range, "");
            return;
        }
    }
    if let Some(host) = args
        .iter()
        .map(Arg::text)
        .find(|text| text.contains('.') && !text.starts_with(['-', '@', '+']))
    {
        run.fact(Capability::Network, range, host.to_ascii_lowercase());
    }
}

/// Programs that carry files elsewhere.
fn copied_out(run: &mut Run<'_, '_>, name: &str, args: &[Arg], stdin: &Data, range: &Range<usize>) {
    let remote = args.iter().map(Arg::text).find(|text| {
        text.contains("://")
            || text.contains('@') && text.contains('.')
            || text.split_once(':').is_some_and(|(host, path)| {
                !host.contains('/') && host.len() > 1 && !path.is_empty()
            })
    });
    let remote = remote.unwrap_or_default().to_owned();
    let host = Url::read(remote.split('@').next_back().unwrap_or_default())
        .host
        .to_ascii_lowercase();
    let verb = args.first().map(Arg::text).unwrap_or_default();
    if !matches!(name, "gh" | "aws" | "az" | "gcloud") {
        run.fact(Capability::Network, range, &*host);
    }
    if name == "ssh"
        && args.iter().any(|arg| {
            arg.text().starts_with("-R") || arg.text().ends_with('R') && arg.text().starts_with('-')
        })
    {
        run.hit(
            &rules::LISTENER,
            range,
            Severity::Medium,
            "Opens a way from another machine back to this one.",
        );
    }
    let sends = match name {
        "aws" => args
            .iter()
            .any(|arg| matches!(arg.text(), "cp" | "sync" | "mv" | "put-object")),
        "gh" => matches!(verb, "gist" | "issue" | "release" | "api"),
        "az" | "gcloud" => args
            .iter()
            .any(|arg| matches!(arg.text(), "upload" | "cp" | "upload-batch")),
        _ => true,
    };
    if !sends {
        return;
    }
    let mut all = stdin.clone();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let text = arg.text();
        if matches!(
            text,
            "-i" | "-e" | "-F" | "-o" | "--rsh" | "--profile" | "--ca-bundle" | "-S"
        ) {
            at += 1;
            continue;
        }
        if text.starts_with('-') && !text.contains('=') {
            continue;
        }
        all.add_marks(&Data {
            marks: arg
                .data
                .marks
                .without(Marks::KEY | Marks::IDENTITY | Marks::DOWNLOAD),
            ..arg.data.clone()
        });
        let copies = !matches!(name, "ssh" | "mail" | "mailx" | "sendmail");
        let path = text.trim_start_matches('@');
        // The last word of a copy is where it goes to.
        let source = at < args.len() || remote.is_empty();
        if copies
            && source
            && path != remote
            && (path.starts_with(['/', '~', '.', '$']) || run.state.stored(path).is_some())
        {
            let data = read(run, path, range, true);
            all.add_marks(&data);
        }
    }
    // Ordinary copies of homes go to backups: only credentials count here.
    let all = Data {
        marks: all
            .marks
            .without(Marks::HOME | Marks::DOTENV | Marks::IDENTITY | Marks::KEY),
        ..all
    };
    if all.marks != Marks::default() {
        run.fact(Capability::Send, range, &*host);
        leaves(run, &all, &remote, range, "with a copy");
    }
}

fn git(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    let words: Vec<&str> = args
        .iter()
        .map(Arg::text)
        .filter(|text| !text.starts_with('-'))
        .collect();
    let texts: Vec<&str> = args.iter().map(Arg::text).collect();
    if let Some(url) = texts.iter().find(|text| is_url(text)) {
        let host = Url::read(url).host.to_ascii_lowercase();
        run.fact(Capability::Network, range, host);
    }
    if texts.iter().any(|text| *text == "http.sslVerify=false")
        || texts
            .windows(2)
            .any(|pair| pair == ["http.sslVerify", "false"])
    {
        run.hit(
            &rules::NO_TLS,
            range,
            Severity::Medium,
            "Connects without checking whom to.",
        );
    }
    match words.first().copied() {
        Some("add") => {
            for arg in args.iter().skip(1) {
                let stored = run
                    .state
                    .stored(arg.text())
                    .map(|data| (data.marks, data.secret.clone()));
                let (marks, secret) = stored.unwrap_or_else(|| {
                    (super::places::marks_of(arg.text()), arg.text().to_owned())
                });
                if marks.has(PRIVATE | Marks::ENVIRONMENT) {
                    run.state.staged = Some(secret);
                }
            }
            let all = texts
                .iter()
                .any(|text| matches!(*text, "." | "-A" | "--all"));
            if all
                && let Some(secret) = run
                    .state
                    .files
                    .values()
                    .find(|data| data.marks.has(PRIVATE | Marks::ENVIRONMENT))
                    .map(|data| data.secret.clone())
            {
                run.state.staged = Some(secret);
            }
        }
        Some("clone") => {
            let url = texts.iter().find(|text| is_url(text)).copied().unwrap_or_default();
            let folder = words.last().copied().unwrap_or_default();
            let name = folder.rsplit('/').next().unwrap_or_default().trim_end_matches(".git");
            let folder = if is_url(folder) { name } else { folder };
            if !url.is_empty() && run.state.cloned.len() < 16 {
                run.state.cloned.push((folder.to_owned(), url.to_owned()));
            }
        }
        Some("push") => {
            run.fact(Capability::Network, range, "");
            if let Some(secret) = run.state.staged.clone() {
                let data = Data::marked(PRIVATE, secret);
                let remote = words.get(1).copied().unwrap_or_default().to_owned();
                leaves(run, &data, &remote, range, "with a push");
            }
        }
        Some("config") => {
            let key = words.get(1).copied().unwrap_or_default();
            let value = words.get(2).copied().unwrap_or_default();
            let runs = matches!(key, "core.fsmonitor" | "core.sshCommand") && value.contains(' ')
                || key.starts_with("alias.") && value.starts_with('!') && value.contains("curl");
            if runs {
                run.hit(
                    &rules::PERSISTENCE,
                    range,
                    Severity::Medium,
                    "Makes git run a command whenever it is used.",
                );
            }
            if key == "core.hooksPath" {
                run.fact(Capability::Persist, range, "git hooks");
            }
        }
        _ => {}
    }
}

/// Output goes to a connection of the shell itself.
pub(super) fn device(run: &mut Run<'_, '_>, path: &str, data: &Data, range: &Range<usize>) {
    let host = path.split('/').nth(3).unwrap_or_default().to_owned();
    run.fact(Capability::Network, range, &*host);
    if data.marks != Marks::default() {
        leaves(run, data, &host, range, "through a raw connection");
    }
}
