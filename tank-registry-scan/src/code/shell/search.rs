//! `find`: what it looks for, and what it does with that.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::{Arg, Run};
use super::values::{Data, Marks};
use super::words::program;
use super::{places, rules, words};

/// `find … -exec … {} ;`: what it finds stands for `{}`.
pub(super) fn found_and_run(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) -> Data {
    let found = searched(args);
    let mut operand = found.clone();
    operand.marks |= Marks::FILE;
    let mut output = found;
    let mut rest = args;
    while let Some(at) = rest
        .iter()
        .position(|arg| matches!(arg.text(), "-exec" | "-execdir" | "-ok" | "-x" | "--exec"))
    {
        rest = rest.get(at + 1..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|arg| matches!(arg.text(), ";" | "+"))
            .unwrap_or(rest.len());
        let (command, after) = rest.split_at(end);
        rest = after;
        run.state.store("{}", operand.clone());
        let command: Vec<Arg> = command
            .iter()
            .cloned()
            .map(|mut arg| {
                if arg.text().contains("{}") {
                    arg.data.add_marks(&operand);
                }
                arg
            })
            .collect();
        if let Some(printed) =
            run.nested(|run| words::run(run, &command, &Data::default(), false, range))
        {
            output.add_marks(&printed.passed());
        }
    }
    output.lead |= output.marks;
    output
}

/// `find` that deletes what a home or a system holds.
pub(super) fn files_found(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    let deletes = args.iter().any(|arg| arg.text() == "-delete")
        || args.windows(2).any(|pair| {
            pair[0].text().starts_with("-exec") && matches!(program(pair[1].text()), "rm" | "shred")
        });
    let Some(root) = args.first().map(|arg| places::normal(arg.text())) else {
        return;
    };
    let narrowed = args.iter().any(|arg| {
        matches!(
            arg.text(),
            "-name" | "-iname" | "-mtime" | "-path" | "-empty" | "-mmin" | "-atime"
        )
    });
    if deletes && narrowed && root == "/" {
        let message = "Deletes files on the whole disk.";
        run.hit(&rules::DESTRUCTIVE, range, Severity::High, message);
    }
    let found = searched(args);
    let shows = args.windows(2).any(|pair| {
        pair[0].text().starts_with("-exec")
            && matches!(
                program(pair[1].text()),
                "cat" | "cp" | "base64" | "head" | "tail" | "more" | "less"
            )
    });
    if shows && found.marks.has(Marks::SECRET) {
        let message = "Looks for credentials and reads what it finds.";
        run.hit(&rules::SECRET_READ, range, Severity::High, message);
    }
    if deletes && !narrowed && (places::is_home(&root) || places::is_system(&root)) {
        run.hit(
            &rules::DESTRUCTIVE,
            range,
            Severity::Critical,
            format!("Deletes everything below {root}."),
        );
    }
}

/// What a search looks for, where that is credentials.
pub(super) fn searched(args: &[Arg]) -> Data {
    let wanted = args.iter().any(|arg| {
        let text = arg.text().to_ascii_lowercase();
        [
            "id_rsa",
            "id_ed25519",
            ".pem",
            "wallet",
            "*.key",
            ".kdbx",
            "credentials",
            "mnemonic",
            "seed",
            "*.ppk",
            "keystore",
            ".env",
        ]
        .iter()
        .any(|word| text.contains(word))
    });
    let root = args
        .iter()
        .take(3)
        .map(|arg| places::normal(arg.text()))
        .any(|root| places::is_home(&root) || places::is_system(&root) || root == "/");
    let in_secret = args.first().is_some_and(|arg| {
        let folder = places::normal(arg.text());
        matches!(
            folder.trim_end_matches('/'),
            "~/.ssh" | "~/.aws" | "~/.gnupg" | "~/.kube" | "~/.docker"
        )
    });
    if in_secret {
        Data::marked(Marks::SECRET, "a folder of credentials")
    } else if wanted && root {
        Data::marked(Marks::SECRET, "credentials that it searches for")
    } else if root {
        Data::marked(Marks::HOME, "the user's files")
    } else {
        Data::default()
    }
}
