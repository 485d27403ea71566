//! Programs that connect: what they fetch, and what leaves with them.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::carriers::{asked, copied_out, git};
use super::leaving::leaves;
use super::request::{Request, curl, requested, wget};
use super::run::{Arg, Run};
use super::values::{Data, Marks};
use super::{programs, rules, words};
use crate::finding::Capability;

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

pub(super) fn is_url(text: &str) -> bool {
    text.contains("://")
}

pub(super) fn shell(run: &mut Run<'_, '_>, range: &Range<usize>) {
    run.hit(
        &rules::REVERSE_SHELL,
        range,
        Severity::Critical,
        "Connects a shell to the network: whoever answers gives the commands.",
    );
}

pub(super) fn netcat(
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

/// Output goes to a connection of the shell itself.
pub(super) fn device(run: &mut Run<'_, '_>, path: &str, data: &Data, range: &Range<usize>) {
    let host = path.split('/').nth(3).unwrap_or_default().to_owned();
    run.fact(Capability::Network, range, &*host);
    if data.marks != Marks::default() {
        leaves(run, data, &host, range, "through a raw connection");
    }
}
