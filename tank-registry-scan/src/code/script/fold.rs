//! Decoding of constants: what encoded text in code becomes when it runs.

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Longest result, in bytes.
const LONGEST: u64 = 1 << 16;

/// A way to encode text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Base64,
    Hex,
    Rot13,
    Compressed,
    Percent,
    Reversed,
    Codes,
    Other,
}

impl Coding {
    /// By the name that it is asked for with: `base64`, `hex`, `rot_13`.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match &*name.to_ascii_lowercase().replace(['-', '_'], "") {
            "base64" | "base64url" => Self::Base64,
            "hex" => Self::Hex,
            "rot13" => Self::Rot13,
            "zlib" | "zip" | "bz2" => Self::Compressed,
            _ => return None,
        })
    }

    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Rot13 => "rot13",
            Self::Compressed => "compression",
            Self::Percent => "percent encoding",
            Self::Reversed => "reversed text",
            Self::Codes => "character codes",
            Self::Other => "encoding",
        }
    }

    /// What a text decodes to.
    pub(super) fn decode(self, text: &str) -> Option<String> {
        match self {
            Self::Base64 => {
                let config = GeneralPurposeConfig::new()
                    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                    .with_decode_allow_trailing_bits(true);
                let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                let plain = plain.replace('-', "+").replace('_', "/");
                let engine = GeneralPurpose::new(&alphabet::STANDARD, config);
                Some(text_of(engine.decode(plain).ok()?))
            }
            Self::Hex => {
                let plain: String = text.chars().filter(char::is_ascii_hexdigit).collect();
                Some(text_of(hex::decode(plain).ok()?))
            }
            Self::Rot13 => Some(
                text.chars()
                    .map(|c| match c {
                        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
                        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
                        other => other,
                    })
                    .collect(),
            ),
            Self::Compressed => {
                let bytes = bytes_of(text)?;
                let mut out = Vec::new();
                let done = match bytes.get(..2)? {
                    [0x1f, 0x8b] => flate2::read::GzDecoder::new(&*bytes)
                        .take(LONGEST)
                        .read_to_end(&mut out),
                    _ => flate2::read::ZlibDecoder::new(&*bytes)
                        .take(LONGEST)
                        .read_to_end(&mut out),
                };
                done.ok()?;
                Some(text_of(out))
            }
            Self::Percent => Some(
                percent_encoding::percent_decode_str(text)
                    .decode_utf8_lossy()
                    .into_owned(),
            ),
            Self::Reversed => Some(text.chars().rev().collect()),
            Self::Codes | Self::Other => None,
        }
    }
}

/// Bytes as text; those that are none keep their values as characters.
pub(super) fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// The bytes behind characters below 256.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_decoded() {
        for (coding, text, meant) in [
            (Coding::Base64, "cHJpbnQoMSk=", "print(1)"),
            (Coding::Base64, "cHJpbnQoMSk", "print(1)"),
            (Coding::Hex, "7072696e742831 29", "print(1)"),
            (Coding::Rot13, "cevag(1)", "print(1)"),
            (Coding::Reversed, ")1(tnirp", "print(1)"),
            (Coding::Percent, "print%281%29", "print(1)"),
        ] {
            assert_eq!(coding.decode(text).as_deref(), Some(meant));
        }
        assert_eq!(Coding::Base64.decode("%%%"), None);
        assert_eq!(Coding::Compressed.decode("no"), None);
    }
}
