//! Requests of curl and its like.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::{Url, is_foreign};
use super::leaving::{PRIVATE, leaves, names_agree};
use super::network::is_url;
use super::run::{Arg, Run};
use super::touched::read;
use super::values::{Data, Marks};
use super::{rules, touched, words};
use crate::finding::Capability;

/// One request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) urls: Vec<Data>,
    /// What goes along: in the body, or in a file that is uploaded.
    pub(super) body: Data,
    pub(super) has_body: bool,
    /// What goes along as a header, where keys belong.
    header: Data,
    output: Option<String>,
    named_by_url: bool,
    insecure: bool,
}

/// A value that names a file after `@`, or is what is sent.
pub(super) fn attached(
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

/// Short options that take a value.
const VALUED: &str = "AbcCDdeEFHhKmoPQrtTuUwxXyYz";
/// Long options that take a value.
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

pub(super) fn curl(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Request {
    let mut request = Request::default();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let Some(flag) = arg.text().strip_prefix('-').filter(|flag| !flag.is_empty()) else {
            request.urls.push(arg.data.clone());
            continue;
        };
        let (option, value) = curl_option(&mut request, arg, flag, args, &mut at);
        match &*option {
            "--insecure" => request.insecure = true,
            "--remote-name" => request.named_by_url = true,
            _ => {}
        }
        if let Some(value) = value {
            curl_value(run, &mut request, &option, value, stdin, range);
        }
    }
    request
}

/// An option and its value, which may be the next word.
fn curl_option(
    request: &mut Request,
    arg: &Arg,
    flag: &str,
    args: &[Arg],
    at: &mut usize,
) -> (String, Option<Data>) {
    if let Some(long) = flag.strip_prefix('-') {
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
                *at += 1;
                args.get(*at - 1).map(|arg| arg.data.clone())
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
                    *at += 1;
                    args.get(*at - 1).map(|arg| arg.data.clone())
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
    }
}

/// What the value of an option means.
fn curl_value(
    run: &mut Run<'_, '_>,
    request: &mut Request,
    option: &str,
    value: Data,
    stdin: &Data,
    range: &Range<usize>,
) {
    match option {
        "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-urlencode" | "--data-ascii"
        | "--json" => {
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
        "-H" | "--header" | "-u" | "--user" | "--oauth2-bearer" | "-A" | "--user-agent" | "-e"
        | "--referer" | "-b" | "--cookie" => {
            request.header.push(&value);
        }
        "-o" | "--output" => request.output = Some(value.text.clone()),
        "--url" => request.urls.push(value),
        _ => {}
    }
}

pub(super) fn wget(
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
pub(super) fn requested(run: &mut Run<'_, '_>, request: Request, range: &Range<usize>) -> Data {
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
    let never = request
        .header
        .keys
        .iter()
        .any(|key| key.starts_with("AWS_SECRET"));
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
            touched::written(run, path, &fetched, false, range);
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
