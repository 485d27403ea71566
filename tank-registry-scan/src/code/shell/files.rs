//! Programs that read, change and copy files and streams.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::{Arg, Run};
use super::values::{Data, Marks, from_base64, from_hex, translated, unescaped};
use super::words::{self, read};
use super::{places, rules};
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
        "cat" | "tac" | "less" | "more" | "head" | "tail" | "strings" | "nl" | "bat" | "batcat"
        | "od" | "hexdump" | "pv" | "type" => contents(run, args, stdin, range),
        "grep" | "egrep" | "fgrep" | "rg" | "awk" | "gawk" | "sed" | "jq" | "yq" | "cut"
        | "sort" | "uniq" | "perl" | "ack" => filtered(run, name, args, stdin, range),
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
                decoded(input, text)
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
                decoded(input, text)
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
                decoded(input, None)
            } else {
                input.passed().and(Marks::ENCODED)
            }
        }
        "gpg" | "gpg2" | "age" | "ccrypt" => {
            let encrypts = args.iter().any(|arg| {
                let text = arg.text();
                matches!(text, "--symmetric" | "--encrypt" | "-p")
                    || text.starts_with('-')
                        && !text.starts_with("--")
                        && text.contains(['c', 'e'])
            });
            run.state.encrypted |=
                encrypts && args.iter().any(|arg| arg.data.marks.has(Marks::HOME | Marks::SECRET));
            stdin.passed()
        }
        "tee" => {
            let append = args
                .iter()
                .any(|arg| matches!(arg.text(), "-a" | "--append"));
            for arg in args.iter().filter(|arg| !arg.text().starts_with('-')) {
                words::written(run, arg.text(), stdin, append, range);
            }
            stdin.clone()
        }
        "cp" | "mv" | "ln" | "install" | "rsync"
            if name != "rsync" || !args.iter().any(|arg| arg.text().contains(':')) =>
        {
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
            super::system::removes(run, name, args, range);
            if name == "dd" {
                dd(run, args, stdin, range)
            } else {
                Data::default()
            }
        }
        "sqlite3" => {
            for arg in args
                .iter()
                .filter(|arg| !arg.text().starts_with('-'))
                .take(1)
            {
                let data = read(run, arg.text(), range, false);
                if arg.text().to_ascii_lowercase().ends_with("tcc.db") {
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
        _ => return None,
    })
}

/// What `echo` and `printf` print.
fn spoken(name: &str, args: &[Arg]) -> Data {
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
fn contents(run: &mut Run<'_, '_>, args: &[Arg], stdin: &Data, range: &Range<usize>) -> Data {
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

fn is_amount(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'+')
}

fn operand_or_input(
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

/// What a filter lets through of files, else of what comes in.
fn filtered(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    let in_place = matches!(name, "sed" | "perl" | "yq")
        && args
            .iter()
            .any(|arg| arg.text().starts_with("-i") || arg.text() == "--in-place");
    let script = args
        .iter()
        .find(|arg| !arg.text().starts_with('-'))
        .map(|arg| arg.data.clone())
        .unwrap_or_default();
    if matches!(name, "awk" | "gawk") && script.text.contains("/inet/tcp/") {
        run.hit(
            &rules::REVERSE_SHELL,
            range,
            Severity::Critical,
            "Connects a shell to the network: whoever answers gives the commands.",
        );
    }
    let mut output = stdin.passed();
    if stdin.known && !stdin.text.is_empty() && matches!(name, "sed" | "awk" | "cut") {
        output = output.and(Marks::ALTERED);
        // Not worked out: a shell that gets it is told that it was spelled.
        output.known = true;
    }
    // Whether something stands there is all that it tells.
    let asks = args.iter().any(|arg| {
        let text = arg.text();
        text.starts_with('-') && !text.starts_with("--") && text.contains(['q', 'c'])
    });
    for arg in args
        .iter()
        .skip(1)
        .filter(|arg| !arg.text().starts_with('-'))
    {
        let path = arg.text();
        if path.contains(['/', '.', '~']) && !path.contains(['(', '|', '^']) {
            if in_place {
                words::written(run, path, &Data::known(&*script.text), true, range);
            } else {
                let quiet = name.ends_with("grep") && asks;
                let tool = places::secrecy(path) == Some(places::Secrecy::Tool);
                let data = read(run, path, range, quiet || tool);
                if tool && !quiet {
                    let message = format!("Picks from a store of credentials: {path}.");
                    run.hit(&rules::SECRET_READ, range, Severity::Medium, message);
                }
                output.add_marks(&data);
            }
        }
    }
    let pattern = script.text.to_ascii_uppercase();
    if matches!(name, "grep" | "egrep" | "rg" | "ack") {
        if output.marks.has(Marks::ENVIRONMENT) && asks {
            return Data::default();
        }
        if output.marks.has(Marks::ENVIRONMENT) {
            return harvested(run, output, &pattern, range);
        }
        searches_for_keys(run, args, &pattern, range, &mut output);
    }
    output
}

fn kinds_of_key(pattern: &str) -> usize {
    [
        "KEY",
        "TOKEN",
        "SECRET",
        "PASS",
        "CREDENTIAL",
        "AUTH",
        "MNEMONIC",
    ]
    .iter()
    .filter(|word| pattern.contains(*word))
    .count()
}

/// The environment, filtered: one variable or those of one program are an ordinary look.
fn harvested(run: &mut Run<'_, '_>, output: Data, pattern: &str, range: &Range<usize>) -> Data {
    if kinds_of_key(pattern) >= 2 {
        run.hit(
            &rules::ENVIRONMENT_DUMP,
            range,
            Severity::Medium,
            "Picks everything that looks like a key from the environment.",
        );
        return output;
    }
    let mut output = output;
    if kinds_of_key(pattern) == 0 {
        output.marks = output.marks.without(Marks::ENVIRONMENT);
    }
    output
}

/// A search of the whole home for keys.
fn searches_for_keys(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    pattern: &str,
    range: &Range<usize>,
    output: &mut Data,
) {
    let recursive = args.iter().any(|arg| {
        arg.text().starts_with('-')
            && !arg.text().starts_with("--")
            && arg.text().contains(['r', 'R'])
    });
    let root = args.iter().any(|arg| {
        let path = places::normal(arg.text());
        places::is_home(&path) || places::is_system(&path)
    });
    if recursive && root && kinds_of_key(pattern) >= 1 {
        run.hit(
            &rules::ENVIRONMENT_DUMP,
            range,
            Severity::High,
            "Searches the user's home for keys.",
        );
        output.add_marks(&Data::marked(Marks::SECRET, "keys that it searches for"));
    }
}

fn coded(
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
        decoded(input, text)
    } else {
        run.fact(Capability::Encode, range, name);
        input.passed().and(Marks::ENCODED)
    }
}

/// Data of which only the decoded text, if that, is known.
fn decoded(input: Data, text: Option<String>) -> Data {
    let mut data = input.passed();
    if let Some(text) = text.filter(|_| input.known) {
        data.text = text;
        data.known = true;
    }
    data.and(Marks::DECODED)
}

fn saved(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    option: &str,
    data: Data,
    range: &Range<usize>,
) -> Data {
    if let Some(at) = args.iter().position(|arg| arg.text() == option)
        && let Some(path) = args.get(at + 1)
    {
        words::written(run, path.text(), &data, false, range);
        return Data::default();
    }
    data
}

fn copied(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) {
    let paths: Vec<&Arg> = args
        .iter()
        .filter(|arg| !arg.text().starts_with('-'))
        .collect();
    let Some((target, sources)) = paths.split_last() else {
        return;
    };
    let mut all = Data::default();
    for source in sources {
        let path = places::normal(source.text());
        let moves_home = name == "mv"
            && (places::is_home(&path) || places::is_system(&path))
            && matches!(target.text(), "/dev/null" | "/tmp");
        if moves_home {
            run.hit(
                &rules::DESTRUCTIVE,
                range,
                Severity::Critical,
                format!("Moves {path} away."),
            );
        }
        // Keys are moved within their store, and made there.
        let stays = places::secrecy(target.text()).is_some();
        let data = read(run, source.text(), range, stays);
        all.add_marks(&data);
        if sources.len() == 1 {
            all = data;
        }
    }
    words::written(run, target.text(), &all, false, range);
    if target.text().ends_with('/') || target.text() == "." {
        for source in sources {
            let name = words::program(source.text());
            run.state
                .store(&format!("{}{name}", target.text()), all.clone());
        }
    }
}

/// An archive is made, or unpacked.
fn packed(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    let first = args.first().map(Arg::text).unwrap_or_default();
    let makes = match name {
        "tar" | "bsdtar" => {
            let flags: Vec<&str> = args
                .iter()
                .map(Arg::text)
                .filter(|text| text.starts_with('-'))
                .collect();
            let has = |flag: char| {
                first.contains(flag) && !first.contains('/') && first.len() < 8
                    || flags
                        .iter()
                        .any(|text| !text.starts_with("--") && text.contains(flag))
            };
            has('c') && !has('x') || flags.contains(&"--create")
        }
        "zip" => true,
        _ => first == "a",
    };
    if !makes {
        let origin = args
            .iter()
            .find_map(|arg| run.state.stored(arg.text()).map(|data| data.origin.clone()))
            .unwrap_or_else(|| stdin.origin.clone());
        if !origin.is_empty() {
            run.state.unpacked = Some(origin);
        }
        return stdin.passed();
    }
    let mut all = Data::default();
    let mut operands = args
        .iter()
        .skip(1)
        .filter(|arg| !arg.text().starts_with('-'));
    let target = operands.next().map(|arg| arg.text().to_owned());
    let sources: Vec<&str> = args
        .iter()
        .map(Arg::text)
        .filter(|text| !text.starts_with('-'))
        .collect();
    for source in sources {
        if target.as_deref() == Some(source) && !source.starts_with('~')
            || !source.contains(['/', '~', '.', '$'])
        {
            continue;
        }
        let data = read(run, source, range, false);
        all.add_marks(&data);
    }
    all = all.and(Marks::FILE | Marks::ENCODED);
    match args.iter().position(|arg| arg.text() == "-") {
        Some(_) => all,
        None => {
            let named = args.iter().map(Arg::text).find(|text| {
                [".tar", ".tgz", ".gz", ".zip", ".7z", ".bz2", ".xz"]
                    .iter()
                    .any(|end| text.ends_with(end))
            });
            if let Some(path) = named.map(str::to_owned).or(target) {
                run.state.store(&path, all.clone());
            }
            all
        }
    }
}

fn dd(run: &mut Run<'_, '_>, args: &[Arg], stdin: &Data, range: &Range<usize>) -> Data {
    let mut data = stdin.clone();
    for arg in args {
        if let Some(path) = arg.text().strip_prefix("if=") {
            data = read(run, path, range, false);
        }
    }
    if let Some(path) = args.iter().find_map(|arg| arg.text().strip_prefix("of=")) {
        run.state.store(path, data);
        return Data::default();
    }
    data
}
