//! Programs that let a part of a stream through.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::{Arg, Run};
use super::touched::read;
use super::values::{Data, Marks};
use super::{places, rules, touched};

/// What a filter lets through of files, else of what comes in.
pub(super) fn filtered(
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
                touched::written(run, path, &Data::known(&*script.text), true, range);
            } else {
                let quiet = name.ends_with("grep") && asks;
                let tool =
                    places::secrecy(path) == Some(places::Secrecy::Tool) && touched::own(run, path);
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

pub(super) fn kinds_of_key(pattern: &str) -> usize {
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
pub(super) fn harvested(
    run: &mut Run<'_, '_>,
    output: Data,
    pattern: &str,
    range: &Range<usize>,
) -> Data {
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
pub(super) fn searches_for_keys(
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
