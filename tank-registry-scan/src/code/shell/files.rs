//! Programs that read, change and copy files and streams.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::copies::{copied, dd, packed, saved};
use super::filters::filtered;
use super::run::{Arg, Run};
use super::touched::read;
use super::values::{Data, Marks, from_base64, from_hex, translated, unescaped};
use super::{removal, rules, touched};
use crate::finding::Capability;

/// Runs a command on files and streams; `None` where it is none.
pub(super) fn run(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Option<Data> {
    Some(match name {
        "echo" | "printf" | "print" => spoken(name, args),
        "cat" | "sort" | "uniq" | "tac" | "less" | "more" | "head" | "tail" | "strings" | "nl"
        | "bat" | "batcat" | "od" | "hexdump" | "pv" | "type" => contents(run, args, stdin, range),
        "grep" | "egrep" | "fgrep" | "rg" | "awk" | "gawk" | "sed" | "jq" | "yq" | "cut"
        | "ack" => filtered(run, name, args, stdin, range),
        "gpg" | "gpg2" | "age" | "ccrypt" => {
            let encrypts = args.iter().any(|arg| {
                let text = arg.text();
                matches!(text, "--symmetric" | "--encrypt" | "-p")
                    || text.starts_with('-') && !text.starts_with("--") && text.contains(['c', 'e'])
            });
            run.state.encrypted |= encrypts
                && args
                    .iter()
                    .any(|arg| arg.data.marks.has(Marks::HOME | Marks::SECRET));
            stdin.passed()
        }
        "tee" => {
            let append = args
                .iter()
                .any(|arg| matches!(arg.text(), "-a" | "--append"));
            for arg in args.iter().filter(|arg| !arg.text().starts_with('-')) {
                touched::written(run, arg.text(), stdin, append, range);
            }
            stdin.clone()
        }
        "cp" | "mv" | "ln" | "install" => {
            copied(run, name, args, range);
            Data::default()
        }
        "tar" | "zip" | "7z" | "7za" | "bsdtar" => packed(run, name, args, stdin, range),
        "unzip" | "unrar" => {
            if let Some(origin) = args
                .iter()
                .find_map(|arg| run.state.stored(arg.text()).map(|data| data.origin.clone()))
                .filter(|origin| !origin.is_empty())
            {
                run.state.unpacked = Some(origin);
            }
            Data::default()
        }
        "rm" | "shred" | "srm" | "unlink" | "truncate" | "dd" | "rmdir" | "wipe" => {
            removal::removes(run, name, args, range);
            if name == "dd" {
                dd(run, args, stdin, range)
            } else {
                Data::default()
            }
        }
        "sqlite3" => {
            let file = args.iter().find(|arg| !arg.text().starts_with('-'));
            if let Some(file) = file {
                let data = read(run, file.text(), range, false);
                if file.text().to_ascii_lowercase().ends_with("tcc.db") {
                    run.hit(
                        &rules::GUARD_OFF,
                        range,
                        Severity::Critical,
                        "Changes what the system lets programs see and record.",
                    );
                }
                return Some(data.passed());
            }
            stdin.passed()
        }
        "mktemp" => Data {
            text: "/tmp/tmp.x".to_owned(),
            ..Data::default()
        },
        _ => return recoded(run, name, args, stdin, range),
    })
}

/// Runs a command that spells a stream otherwise; `None` where it is none.
fn recoded(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Option<Data> {
    Some(match name {
        "rev" => {
            let mut data = stdin.clone();
            data.text = data
                .text
                .lines()
                .map(|line| line.chars().rev().collect::<String>())
                .collect::<Vec<_>>()
                .join("\n");
            data.and(Marks::DECODED)
        }
        "tr" => {
            let mut data = stdin.clone();
            let texts: Vec<&str> = args
                .iter()
                .map(Arg::text)
                .filter(|text| !text.starts_with('-'))
                .collect();
            let deletes = args.iter().any(|arg| arg.text().starts_with("-d"));
            match &*texts {
                [from, to] if !deletes => {
                    data.text = translated(&data.text, from, to);
                    let shifts = from.contains('-')
                        && from.len() >= 6
                        && !to.contains("upper")
                        && !to.contains("lower");
                    if shifts {
                        data.and(Marks::DECODED)
                    } else {
                        data.and(Marks::ALTERED)
                    }
                }
                [set, ..] if deletes => {
                    data.text.retain(|c| !set.contains(c));
                    data.and(Marks::ALTERED)
                }
                _ => data,
            }
        }
        "base64" | "gbase64" | "base32" | "basenc" => coded(run, name, args, stdin, range),
        "xxd" => {
            let back = args
                .iter()
                .any(|arg| arg.text().starts_with('-') && arg.text().contains('r'));
            let input = operand_or_input(run, args, stdin, range);
            if back {
                let text = from_hex(&input.text);
                decoded(&input, text)
            } else {
                input.passed().and(Marks::ENCODED)
            }
        }
        "openssl" => {
            let has = |word: &str| args.iter().any(|arg| arg.text() == word);
            let mut input = stdin.clone();
            if let Some(at) = args.iter().position(|arg| arg.text() == "-in")
                && let Some(path) = args.get(at + 1)
            {
                input = read(run, path.text(), range, false);
            }
            let output = if has("-d")
                && (has("enc")
                    || has("base64")
                    || args
                        .first()
                        .is_some_and(|arg| arg.text().starts_with("aes")))
            {
                let text = from_base64(&input.text);
                decoded(&input, text)
            } else if has("enc") || has("base64") {
                run.state.encrypted |= has("enc") && input.marks.has(Marks::HOME | Marks::SECRET);
                input.passed().and(Marks::ENCODED)
            } else {
                return None;
            };
            saved(run, args, "-out", output, range)
        }
        "gzip" | "gunzip" | "zcat" | "bzip2" | "bunzip2" | "bzcat" | "xz" | "unxz" | "xzcat"
        | "zstd" | "zstdcat" | "uudecode" => {
            let back = name.contains("cat")
                || name.starts_with("un")
                || name.starts_with("gun")
                || name.starts_with("bun")
                || name == "uudecode"
                || args.iter().any(|arg| {
                    arg.text().starts_with('-')
                        && !arg.text().starts_with("--")
                        && arg.text().contains('d')
                })
                || args.iter().any(|arg| arg.text() == "--decompress");
            let input = operand_or_input(run, args, stdin, range);
            if back && !input.marks.has(Marks::DOWNLOAD) {
                decoded(&input, None)
            } else {
                input.passed().and(Marks::ENCODED)
            }
        }
        _ => return None,
    })
}

/// What `echo` and `printf` print.
pub(super) fn spoken(name: &str, args: &[Arg]) -> Data {
    let mut data = Data {
        known: true,
        ..Data::default()
    };
    let mut args = args;
    let mut escapes = name == "printf";
    while let Some(flag) = args.first().and_then(|arg| arg.text().strip_prefix('-')) {
        if flag.is_empty() || !flag.bytes().all(|byte| b"neEv-r".contains(&byte)) {
            break;
        }
        escapes |= flag.contains('e');
        args = args.get(1..).unwrap_or_default();
    }
    let directives = name == "printf" && args.first().is_some_and(|arg| arg.text().contains('%'));
    if directives {
        let format = args.first().map(Arg::text).unwrap_or_default();
        let mut pieces = format.split("%s");
        data.push(&Data::known(unescaped(pieces.next().unwrap_or_default())));
        let mut values = args.iter().skip(1);
        for piece in pieces {
            if let Some(value) = values.next() {
                data.push(&value.data);
            }
            data.push(&Data::known(unescaped(piece)));
        }
        for value in values {
            data.push(&value.data);
        }
        return data;
    }
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            data.push(&Data::known(" "));
        }
        data.push(&arg.data);
    }
    if escapes && data.text.contains('\\') {
        let spelled = ["\\x", "\\0", "\\1", "\\u"]
            .iter()
            .map(|mark| data.text.matches(mark).count())
            .sum::<usize>()
            > 2;
        data.text = unescaped(&data.text);
        if spelled {
            return data.and(Marks::DECODED);
        }
    }
    data
}

/// What files hold, else what comes in.
pub(super) fn contents(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    let mut data = Data {
        known: true,
        ..Data::default()
    };
    let mut any = false;
    for arg in args
        .iter()
        .filter(|arg| !arg.text().starts_with('-') && !is_amount(arg.text()))
    {
        any = true;
        if arg.piped {
            data.push(&arg.data);
        } else {
            let mut read = read(run, arg.text(), range, false);
            read.lead |= read.marks;
            data.push(&read);
        }
    }
    if any { data } else { stdin.clone() }
}

pub(super) fn is_amount(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'+')
}

pub(super) fn operand_or_input(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    let mut operands = args
        .iter()
        .filter(|arg| !arg.text().starts_with('-') && !is_amount(arg.text()));
    match operands.next() {
        Some(arg) if arg.piped => arg.data.clone(),
        Some(arg) => {
            let mut data = read(run, arg.text(), range, false);
            data.lead |= data.marks;
            data
        }
        None => stdin.clone(),
    }
}

pub(super) fn coded(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    let back = args.iter().any(|arg| {
        let text = arg.text();
        text == "--decode"
            || text.starts_with('-') && !text.starts_with("--") && text.contains(['d', 'D'])
    });
    let input = operand_or_input(run, args, stdin, range);
    if back {
        run.fact(Capability::Decode, range, name);
        let text = if name.contains("64") {
            from_base64(&input.text)
        } else {
            None
        };
        decoded(&input, text)
    } else {
        run.fact(Capability::Encode, range, name);
        input.passed().and(Marks::ENCODED)
    }
}

/// Data of which only the decoded text, if that, is known.
pub(super) fn decoded(input: &Data, text: Option<String>) -> Data {
    let mut data = input.passed();
    if let Some(text) = text.filter(|_| input.known) {
        data.text = text;
        data.known = true;
    }
    data.and(Marks::DECODED)
}
