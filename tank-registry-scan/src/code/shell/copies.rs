//! Copies and archives.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::{Arg, Run};
use super::touched::read;
use super::values::{Data, Marks};
use super::{places, rules, touched, words};

pub(super) fn saved(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    option: &str,
    data: Data,
    range: &Range<usize>,
) -> Data {
    if let Some(at) = args.iter().position(|arg| arg.text() == option)
        && let Some(path) = args.get(at + 1)
    {
        touched::written(run, path.text(), &data, false, range);
        return Data::default();
    }
    data
}

pub(super) fn copied(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) {
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
    touched::written(run, target.text(), &all, false, range);
    if target.text().ends_with('/') || target.text() == "." {
        for source in sources {
            let name = words::program(source.text());
            run.state
                .store(&format!("{}{name}", target.text()), all.clone());
        }
    }
}

/// An archive is made, or unpacked.
pub(super) fn packed(
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
    if args.iter().all(|arg| arg.text() != "-") {
        let named = args.iter().map(Arg::text).find(|text| {
            [".tar", ".tgz", ".gz", ".zip", ".7z", ".bz2", ".xz"]
                .iter()
                .any(|end| text.ends_with(end))
        });
        if let Some(path) = named.map(str::to_owned).or(target) {
            run.state.store(&path, all.clone());
        }
    }
    all
}

pub(super) fn dd(run: &mut Run<'_, '_>, args: &[Arg], stdin: &Data, range: &Range<usize>) -> Data {
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
