//! What looks like a secret and is none: placeholders, samples of vendors, references.

/// Words of a placeholder.
const WORDS: [&str; 33] = [
    "example",
    "sample",
    "dummy",
    "fake",
    "placeholder",
    "your",
    "xxx",
    "...",
    "…",
    "<",
    ">",
    "${",
    "{{",
    "$(",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "123456",
    "abcdef",
    "foobar",
    "todo",
    "insert",
    "replace",
    "123abc",
    "abc123",
    "qwerty",
    "****",
    "goes-here",
    "goes_here",
    "putyour",
    "notreal",
    "lorem",
];

/// Keys that vendors print in their own guides, and that come with every copy of a test network.
const PUBLIC: [&str; 6] = [
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    // What the web player of a video site sends with every request of every visitor.
    "AIzaSyAO_FJ2SlqU8Q4STEHLGCilw_Y9_11qcW8",
];

/// Whether a value stands for a secret rather than being one.
pub(super) fn is_sample(value: &str) -> bool {
    let lower = value.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
        || PUBLIC.iter().any(|key| value.contains(key))
        || is_monotonous(value.as_bytes())
}

/// Few different characters, or an alphabet in its order.
fn is_monotonous(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in value {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    let steps = value
        .windows(2)
        .filter(|pair| pair[1] == pair[0] || pair[1] == pair[0].wrapping_add(1))
        .count();
    value.len() >= 8 && (different * 4 < value.len().min(20) || steps * 2 > value.len())
}

/// Bits of information in a character, from how often each stands in a value.
pub(super) fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX)).max(1.0);
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}

/// Whether a value has the look of chance: letters and digits without words in it.
pub(super) fn is_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let fit = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~!@#%^&*".contains(&byte));
    fit && value.len() >= 16
        && digits >= 2
        && letters >= 4
        && entropy(value) >= 3.3
        && !is_uuid(value)
        && !has_words(value)
        && !is_sample(value)
}

/// Words joined by hyphens, underscores, dots or slashes, as in names and paths.
fn has_words(value: &str) -> bool {
    let parts = || {
        value
            .split(['-', '_', '.', '/'])
            .filter(|part| !part.is_empty())
    };
    let words = parts()
        .filter(|part| part.bytes().all(|byte| byte.is_ascii_lowercase()) && part.len() >= 3)
        .count();
    words >= 2 && words * 2 >= parts().count()
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
