//! What a word stands for, and where that came from.

use std::ops::{BitOr, BitOrAssign};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Where data came from and what was done to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u16);

impl Marks {
    /// It came over the network.
    pub(super) const DOWNLOAD: Self = Self(1);
    /// Contents of a store of credentials.
    pub(super) const SECRET: Self = Self(1 << 1);
    /// The whole environment.
    pub(super) const ENVIRONMENT: Self = Self(1 << 2);
    /// A variable that is named like a key.
    pub(super) const KEY: Self = Self(1 << 3);
    /// Who and where this is: user, host, address.
    pub(super) const IDENTITY: Self = Self(1 << 4);
    /// It was decoded.
    pub(super) const DECODED: Self = Self(1 << 5);
    /// It was encoded.
    pub(super) const ENCODED: Self = Self(1 << 6);
    /// The clipboard, the screen, the microphone.
    pub(super) const CAPTURE: Self = Self(1 << 7);
    /// Contents of some file.
    pub(super) const FILE: Self = Self(1 << 8);
    /// A file of settings that often holds keys: `.env`.
    pub(super) const DOTENV: Self = Self(1 << 9);
    /// Spelled by computing: reversed, translated, cut out.
    pub(super) const ALTERED: Self = Self(1 << 10);
    /// Everything in the user's home.
    pub(super) const HOME: Self = Self(1 << 11);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A value.
#[derive(Debug, Clone, Default)]
pub(super) struct Data {
    /// What is known of it; variables that are not known stand in it as `$NAME`.
    pub(super) text: String,
    /// Whether all of it is known.
    pub(super) known: bool,
    pub(super) marks: Marks,
    /// The marks of what it begins with.
    pub(super) lead: Marks,
    /// The URL that it was downloaded from; empty where it was not, or is not known.
    pub(super) origin: String,
    /// What is secret in it: a path, a variable.
    pub(super) secret: String,
    /// Names of the key-like variables in it, at most some.
    pub(super) keys: Vec<String>,
}

/// No value is longer than this.
const LONGEST: usize = 64 << 10;

impl Data {
    /// A text that is known.
    pub(super) fn known(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            known: true,
            ..Self::default()
        }
    }

    /// A value of which only the marks are known.
    pub(super) fn marked(marks: Marks, secret: impl Into<String>) -> Self {
        Self {
            marks,
            lead: marks,
            secret: secret.into(),
            ..Self::default()
        }
    }

    /// The same marks, but a text that is not known.
    pub(super) fn passed(&self) -> Self {
        Self {
            text: String::new(),
            known: false,
            ..self.clone()
        }
    }

    /// With more marks.
    pub(super) fn and(mut self, marks: Marks) -> Self {
        self.marks |= marks;
        self.lead |= marks;
        self
    }

    /// Appends another value.
    pub(super) fn push(&mut self, other: &Self) {
        if self.text.trim().is_empty() && !self.marks.has(Marks::DOWNLOAD | Marks::DECODED) {
            self.lead |= other.lead;
        }
        if self.text.len() + other.text.len() <= LONGEST {
            self.text.push_str(&other.text);
        } else {
            self.known = false;
        }
        self.known &= other.known;
        self.add_marks(other);
    }

    /// Takes over where another value came from.
    pub(super) fn add_marks(&mut self, other: &Self) {
        self.marks |= other.marks;
        if self.origin.is_empty() {
            self.origin.clone_from(&other.origin);
        }
        if self.secret.is_empty() {
            self.secret.clone_from(&other.secret);
        }
        for key in &other.keys {
            if self.keys.len() < 8 && !self.keys.contains(key) {
                self.keys.push(key.clone());
            }
        }
    }
}

/// Whether a variable is named like a key.
pub(super) fn is_key_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    if [
        "PUBLIC",
        "KEY_ID",
        "KEY_NAME",
        "KEY_FILE",
        "KEY_PATH",
        "TOKEN_COUNT",
        "MAX_TOKENS",
    ]
    .iter()
    .any(|word| name.contains(word))
    {
        return false;
    }
    name.split('_').any(|word| {
        matches!(
            word,
            "TOKEN"
                | "SECRET"
                | "PASSWORD"
                | "PASSWD"
                | "APIKEY"
                | "CREDENTIALS"
                | "PAT"
                | "MNEMONIC"
                | "SEED"
        )
    }) || name.ends_with("_KEY")
        || name.ends_with("APIKEY")
}

/// Undoes backslashes as `printf`, `echo -e` and `$'…'` do.
pub(super) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(rest.get(..at).unwrap_or_default().as_bytes());
        rest = rest.get(at + 1..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { break };
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        let (digits, radix, most) = match c {
            'x' => (rest, 16, 2),
            'u' => (rest, 16, 4),
            'U' => (rest, 16, 8),
            '0'..='7' => (text_from(text, rest, 1), 8, 4),
            _ => {
                bytes.extend_from_slice(match c {
                    'n' => b"\n",
                    't' => b"\t",
                    'r' => b"\r",
                    'e' => b"\x1b",
                    '\\' => b"\\",
                    '\'' => b"'",
                    '"' => b"\"",
                    _ => b"",
                });
                continue;
            }
        };
        let length = digits
            .bytes()
            .take(most)
            .take_while(|byte| char::from(*byte).is_digit(radix))
            .count();
        let number =
            u32::from_str_radix(digits.get(..length).unwrap_or_default(), radix).unwrap_or(0);
        if matches!(c, 'u' | 'U') {
            let mut buffer = [0; 4];
            let c = char::from_u32(number).unwrap_or(' ');
            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        } else {
            bytes.push((number & 0xff) as u8);
        }
        rest = digits.get(length..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What stands some bytes before `rest` in the text that it is the end of.
fn text_from<'t>(text: &'t str, rest: &str, back: usize) -> &'t str {
    text.get((text.len() - rest.len()).saturating_sub(back)..)
        .unwrap_or_default()
}

/// What base64 spells, where that is text.
pub(super) fn from_base64(text: &str) -> Option<String> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = ENGINE.decode(packed).ok()?;
    String::from_utf8(bytes).ok()
}

/// What digits of base 16 spell, where that is text.
pub(super) fn from_hex(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    String::from_utf8(hex::decode(digits).ok()?).ok()
}

/// What `tr FROM TO` makes of a text.
pub(super) fn translated(text: &str, from: &str, to: &str) -> String {
    let from = ranges(from);
    let to = ranges(to);
    text.chars()
        .map(|c| match from.iter().position(|other| *other == c) {
            Some(at) => to.get(at).or(to.last()).copied().unwrap_or(c),
            None => c,
        })
        .collect()
}

/// `a-cx` as `abcx`.
fn ranges(set: &str) -> Vec<char> {
    let signs: Vec<char> = set.chars().take(256).collect();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(first) = signs.get(at).copied() {
        match (signs.get(at + 1), signs.get(at + 2)) {
            (Some('-'), Some(last)) if first <= *last && all.len() < 512 => {
                all.extend((first..=*last).take(256));
                at += 3;
            }
            _ => {
                all.push(first);
                at += 1;
            }
        }
    }
    all
}
