//! Names of packages: those that everybody knows, those that pass for them, those that are known to
//! do harm.

mod misspelt;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use unicode_security::skeleton;

pub(super) use self::misspelt::misspelt;
use super::Ecosystem;

/// Names that many depend on, one list an ecosystem. Written from general knowledge: a name that is
/// not here is unknown, not bad.
static POPULAR: LazyLock<[BTreeSet<&str>; 3]> = LazyLock::new(|| {
    [
        include_str!("pypi.txt"),
        include_str!("npm.txt"),
        include_str!("crates.txt"),
    ]
    .map(|list| list.split_whitespace().collect())
});

/// Names that are known to do harm, some in certain versions only.
static MALICIOUS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    include_str!("malicious.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

/// How a name passes for another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    pub(super) name: &'static str,
    pub(super) how: How,
}

/// In what a name differs from one that everybody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Letters that look the same.
    LookAlike,
    /// One letter more, less or other, or two that changed places.
    OneLetter,
    /// The same in a name so short that it can be chance.
    OneLetterShort,
    TwoLetters,
    /// Hyphens and dots.
    Separator,
    /// The organisation.
    Scope,
    /// A word of reassurance behind it.
    Word,
}

/// Names of this ecosystem as they are compared.
pub(super) fn normal(ecosystem: Ecosystem, name: &str) -> String {
    let lower = name.to_lowercase();
    match ecosystem {
        Ecosystem::Pypi | Ecosystem::Crates => {
            let mut normal = String::with_capacity(lower.len());
            for c in lower.chars() {
                let c = if matches!(c, '_' | '.') { '-' } else { c };
                if c != '-' || !normal.ends_with('-') {
                    normal.push(c);
                }
            }
            normal
        }
        _ => lower,
    }
}

fn list(ecosystem: Ecosystem) -> Option<&'static BTreeSet<&'static str>> {
    match ecosystem {
        Ecosystem::Pypi => POPULAR.first(),
        Ecosystem::Npm => POPULAR.get(1),
        Ecosystem::Crates => POPULAR.get(2),
        Ecosystem::Other => None,
    }
}

/// Whether everybody knows it.
pub(super) fn is_popular(ecosystem: Ecosystem, name: &str) -> bool {
    let name = normal(ecosystem, name);
    list(ecosystem).is_some_and(|list| {
        list.contains(&*name) || list.contains(&*name.replace('.', "-")) || is_known_scope(&name)
    })
}

/// Whether an organisation that publishes well-known packages owns it.
fn is_known_scope(name: &str) -> bool {
    scope_of(name).is_some_and(|scope| scopes().any(|known| known == scope))
}

fn scope_of(name: &str) -> Option<&str> {
    Some(name.strip_prefix('@')?.split_once('/')?.0)
}

fn scopes() -> impl Iterator<Item = &'static str> {
    POPULAR[1].iter().filter_map(|name| scope_of(name))
}

/// Whether it is known to do harm, in this version or in all.
pub(super) fn is_malicious(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> bool {
    let name = normal(ecosystem, name);
    let key = format!("{}:{name}", ecosystem.name());
    MALICIOUS.contains(&*key)
        || version.is_some_and(|version| MALICIOUS.contains(&*format!("{key}@{version}")))
}

/// The well-known name that a name passes for.
pub(super) fn likeness(ecosystem: Ecosystem, name: &str) -> Option<Likeness> {
    const SHORTEST: usize = 5;
    const LONG: usize = 8;
    let list = list(ecosystem)?;
    let name = normal(ecosystem, name);
    if is_popular(ecosystem, &name) {
        return None;
    }
    let found = |name, how| Some(Likeness { name, how });
    if !name.is_ascii() {
        let plain: String = skeleton(&name).collect();
        let known = list.iter().find(|known| skeleton(known).eq(plain.chars()));
        return known.and_then(|known| found(known, How::LookAlike));
    }
    if let Some(scope) = scope_of(&name) {
        let known = scopes().find(|known| {
            scope.len() >= SHORTEST && known.len() >= SHORTEST && distance(scope, known) == 1
                || joined(scope) == joined(known)
        });
        return known.and_then(|known| found(known, How::Scope));
    }
    if name.len() < SHORTEST {
        return None;
    }
    let shapes = [
        name.replace("rn", "m"),
        name.replace('0', "o"),
        name.replace('1', "l"),
        name.replace("vv", "w"),
    ];
    if let Some(known) = shapes
        .iter()
        .filter(|shape| **shape != name)
        .find_map(|shape| list.get(&**shape))
    {
        return found(known, How::LookAlike);
    }
    let bare = joined(&name);
    if let Some(known) = list
        .iter()
        .find(|known| known.len() >= SHORTEST && joined(known) == bare)
    {
        return found(known, How::Separator);
    }
    if let Some(known) = with_reassurance(&name).and_then(|stem| list.get(stem)) {
        return found(known, How::Word);
    }
    let near = list
        .iter()
        .filter(|known| known.len() >= SHORTEST && known.len().abs_diff(name.len()) <= 2)
        .map(|known| (distance(&name, known), *known))
        .min()?;
    match near {
        // Numbers of versions: `psycopg2`, `types3`.
        (1, known) if differs_in_digits(&name, known) => None,
        (1, known) if name.len().max(known.len()) > SHORTEST + 1 || is_swapped(&name, known) => {
            found(known, How::OneLetter)
        }
        (1, known) => found(known, How::OneLetterShort),
        (2, known) if name.len() > LONG && known.len() > LONG => found(known, How::TwoLetters),
        _ => None,
    }
}

fn joined(name: &str) -> String {
    let name = name.strip_suffix(".js").unwrap_or(name);
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The name before a word that is to make people trust it.
fn with_reassurance(name: &str) -> Option<&str> {
    const WORDS: [&str; 22] = [
        "security-patch",
        "security-update",
        "security-fix",
        "security",
        "secure",
        "patch",
        "patched",
        "hotfix",
        "official",
        "verified",
        "original",
        "genuine",
        "trusted",
        "updated",
        "latest-fix",
        "fixed",
        "bugfix",
        "safe",
        "cracked",
        "unlocked",
        "backport-fix",
        "emergency-fix",
    ];
    WORDS.iter().find_map(|word| {
        let stem = name.strip_suffix(word)?;
        stem.strip_suffix('-').filter(|stem| !stem.is_empty())
    })
}

fn differs_in_digits(a: &str, b: &str) -> bool {
    let letters = |name: &str| {
        name.trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    letters(a) == letters(b)
}

fn is_swapped(a: &str, b: &str) -> bool {
    let sorted = |name: &str| {
        let mut bytes = name.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    a.len() == b.len() && sorted(a) == sorted(b)
}

/// How many letters have to be added, taken away, changed or swapped with their neighbour; 3 stands
/// for 3 or more.
fn distance(a: &str, b: &str) -> usize {
    const MOST: usize = 3;
    const LONGEST: usize = 60;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) >= MOST || a.len() > LONGEST || b.len() > LONGEST {
        return MOST;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()].min(MOST)
}
