//! Secrets that say what they are: a prefix of the provider, then a known number of characters.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use tank_registry_core::auth::ApiKey;
use tank_registry_core::scan::Severity;

use super::sample::{entropy, is_sample};
use super::{PROVIDER_KEY, Secret};

/// Which characters follow a prefix.
#[derive(Clone, Copy)]
enum Set {
    /// Letters and digits.
    Alnum,
    /// Upper-case letters and digits.
    Upper,
    Hex,
    /// Letters, digits, hyphen, underscore.
    Token,
    /// Those of tokens, and dots.
    Dotted,
    /// Those of base64.
    Base64,
    /// Those of tokens, and slashes.
    Path,
}

impl Set {
    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
            Self::Path => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        }
    }
}

/// Whether the rest of a token can be right; answers how bad it is to find it.
type Check = fn(&str) -> Option<Severity>;

struct Format {
    prefix: &'static str,
    name: &'static str,
    set: Set,
    least: usize,
    most: usize,
    check: Check,
}

const fn format(
    prefix: &'static str,
    name: &'static str,
    set: Set,
    least: usize,
    most: usize,
) -> Format {
    Format {
        prefix,
        name,
        set,
        least,
        most,
        check: any,
    }
}

const fn checked(mut format: Format, check: Check) -> Format {
    format.check = check;
    format
}

static FORMATS: [Format; 62] = {
    use Set::{Alnum, Base64, Dotted, Hex, Path, Token, Upper};
    [
        format("AKIA", "AWS access key", Upper, 16, 16),
        format("ASIA", "AWS session key", Upper, 16, 16),
        checked(format("ghp_", "GitHub token", Alnum, 36, 36), github),
        checked(format("gho_", "GitHub token", Alnum, 36, 36), github),
        checked(format("ghu_", "GitHub token", Alnum, 36, 36), github),
        checked(format("ghs_", "GitHub token", Alnum, 36, 36), github),
        checked(format("ghr_", "GitHub token", Alnum, 36, 76), github),
        format("github_pat_", "GitHub token", Token, 70, 90),
        format("glpat-", "GitLab token", Token, 20, 60),
        format("gldt-", "GitLab token", Token, 20, 60),
        format("glrt-", "GitLab token", Token, 20, 60),
        format("xoxb-", "Slack token", Token, 20, 100),
        format("xoxp-", "Slack token", Token, 20, 100),
        format("xoxa-", "Slack token", Token, 20, 100),
        format("xoxr-", "Slack token", Token, 20, 100),
        format("xoxs-", "Slack token", Token, 20, 100),
        format("xapp-", "Slack token", Token, 40, 160),
        checked(
            format(
                "hooks.slack.com/services/T",
                "Slack webhook",
                Base64,
                35,
                80,
            ),
            webhook,
        ),
        checked(
            format(
                "discord.com/api/webhooks/",
                "Discord webhook",
                Path,
                75,
                110,
            ),
            webhook,
        ),
        checked(
            format(
                "discordapp.com/api/webhooks/",
                "Discord webhook",
                Path,
                75,
                110,
            ),
            webhook,
        ),
        format("sk_live_", "Stripe key", Alnum, 20, 120),
        format("rk_live_", "Stripe key", Alnum, 20, 120),
        format("whsec_", "webhook secret", Base64, 32, 64),
        format("sk-ant-", "Anthropic key", Token, 24, 140),
        format("sk-proj-", "OpenAI key", Token, 40, 200),
        format("sk-svcacct-", "OpenAI key", Token, 40, 200),
        format("sk-or-v1-", "OpenRouter key", Hex, 64, 64),
        format("sk-", "API key", Alnum, 32, 64),
        checked(format("AIza", "Google API key", Token, 35, 35), google),
        format("ya29.", "Google access token", Token, 50, 400),
        format("GOCSPX-", "Google client secret", Token, 28, 28),
        checked(format("SG.", "SendGrid key", Dotted, 66, 66), sendgrid),
        format("npm_", "npm token", Alnum, 36, 36),
        format("pypi-AgEIcHlwaS5vcmc", "PyPI token", Token, 50, 400),
        format("hf_", "Hugging Face token", Alnum, 34, 34),
        format("shpat_", "Shopify token", Hex, 32, 32),
        format("shpss_", "Shopify secret", Hex, 32, 32),
        format("dop_v1_", "DigitalOcean token", Hex, 64, 64),
        format("xai-", "xAI key", Alnum, 60, 100),
        format("gsk_", "Groq key", Alnum, 40, 60),
        format("r8_", "Replicate token", Alnum, 37, 37),
        format("pplx-", "Perplexity key", Alnum, 40, 60),
        format("lin_api_", "Linear key", Alnum, 40, 40),
        format("ntn_", "Notion token", Alnum, 40, 50),
        format("secret_", "Notion token", Alnum, 43, 43),
        format("figd_", "Figma token", Token, 36, 60),
        format("dckr_pat_", "Docker token", Token, 24, 40),
        format("sbp_", "Supabase token", Hex, 40, 40),
        format("rubygems_", "RubyGems key", Hex, 48, 48),
        format("sntrys_", "Sentry token", Base64, 40, 400),
        format("glsa_", "Grafana token", Token, 41, 41),
        format("hvs.", "Vault token", Token, 24, 200),
        format("ATATT3", "Atlassian token", Base64, 100, 250),
        format("PMAK-", "Postman key", Token, 59, 59),
        format("AGE-SECRET-KEY-1", "age key", Upper, 58, 58),
        format("tskey-auth-", "Tailscale key", Token, 20, 60),
        format("AccountKey=", "Azure storage key", Base64, 86, 88),
        format("cio", "crates.io token", Alnum, 32, 32),
        format("nvapi-", "NVIDIA key", Token, 60, 70),
        format("tvly-", "Tavily key", Token, 28, 48),
        format("apify_api_", "Apify token", Alnum, 36, 36),
        checked(format("tank_", "registry key", Alnum, 49, 49), tank),
    ]
};

fn any(rest: &str) -> Option<Severity> {
    (entropy(rest) >= 2.8 && rest.bytes().any(|byte| byte.is_ascii_digit()))
        .then_some(Severity::Critical)
}

/// The last six characters are a checksum of those before. A token without it was never given out.
fn github(rest: &str) -> Option<Severity> {
    let severity = any(rest)?;
    let (random, sum) = rest.split_at_checked(rest.len().checked_sub(6)?)?;
    let mut number = crc32fast::hash(random.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        const ALPHABET: &[u8; 62] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        *digit = ALPHABET[number as usize % 62];
        number /= 62;
    }
    Some(if digits == sum.as_bytes() {
        severity
    } else {
        Severity::High
    })
}

/// Browsers show such a key to everybody who looks; whoever holds it can still spend its quota.
fn google(rest: &str) -> Option<Severity> {
    any(rest).and(Some(Severity::High))
}

fn sendgrid(rest: &str) -> Option<Severity> {
    let (id, secret) = rest.split_once('.')?;
    (id.len() == 22 && secret.len() == 43).then_some(Severity::Critical)
}

fn webhook(rest: &str) -> Option<Severity> {
    let last = rest.rsplit('/').next()?;
    (rest.contains('/') && last.len() >= 20)
        .then(|| any(last))
        .flatten()
}

fn tank(rest: &str) -> Option<Severity> {
    ApiKey::parse(&format!("tank_{rest}")).ok()?;
    Some(Severity::Critical)
}

#[allow(clippy::expect_used)] // The prefixes are constant and every test builds them.
static PREFIXES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(aho_corasick::MatchKind::LeftmostLongest)
        .build(FORMATS.iter().map(|format| format.prefix))
        .expect("a few words")
});

/// Secrets of a known form.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut secrets = Vec::new();
    for found in PREFIXES.find_iter(text) {
        let Some(format) = FORMATS.get(found.pattern().as_usize()) else {
            continue;
        };
        if is_within_word(bytes, found.start()) {
            continue;
        }
        let length = bytes[found.end()..]
            .iter()
            .take(format.most + 1)
            .take_while(|byte| format.set.holds(**byte))
            .count();
        if length < format.least || length > format.most {
            continue;
        }
        let end = found.end() + length;
        let Some(rest) = text.get(found.end()..end) else {
            continue;
        };
        if is_sample(rest) || is_sample(&text[found.start()..end]) {
            continue;
        }
        if let Some(severity) = (format.check)(rest) {
            secrets.push(Secret {
                range: found.start()..end,
                rule: &PROVIDER_KEY,
                severity,
                what: format.name,
            });
        }
    }
    secrets
}

/// How much of a text can be a secret of a known form, whole or cut: for hiding it.
pub(super) fn shadows(text: &str) -> Vec<Range<usize>> {
    const LEAST: usize = 8;
    const LONG: usize = 20;
    let bytes = text.as_bytes();
    PREFIXES
        .find_iter(text)
        .filter_map(|found| {
            let format = FORMATS.get(found.pattern().as_usize())?;
            let length = bytes[found.end()..]
                .iter()
                .take_while(|byte| format.set.holds(**byte) || Set::Token.holds(**byte))
                .count();
            let rest = &bytes[found.end()..found.end() + length];
            // After a prefix as short as a word's beginning, it takes a digit to tell.
            let certain = format.prefix.len() > 4 || rest.iter().any(u8::is_ascii_digit);
            let fit = length >= LONG || length >= LEAST && certain;
            (fit && !is_within_word(bytes, found.start()))
                .then(|| found.start()..found.end() + length)
        })
        .collect()
}

/// Whether a word or a token begins before an offset.
fn is_within_word(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| bytes.get(before))
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether a value begins like a key of a provider, whatever follows.
pub(super) fn begins_like_one(value: &str) -> bool {
    FORMATS
        .iter()
        .any(|format| format.prefix.len() >= 3 && value.starts_with(format.prefix))
}
