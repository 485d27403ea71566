//! API keys: `tank_`, 43 letters and digits of randomness, six of checksum.
//!
//! 43 digits of base 62 hold 256 bits. The checksum (CRC-32, base 62) tells a mistyped or cut key
//! from an unknown one without a look-up, and lets secret scanners recognise a leaked key.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

const PREFIX: &str = "tank_";
const RANDOM_LEN: usize = 43;
const CHECKSUM_LEN: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key in the clear. It exists while it is made, shown once, or checked; it is stored nowhere
/// and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// The text is no key of this registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct KeyTextError;

impl ApiKey {
    /// Makes a key from 256 bits of the system's randomness.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self::from_randomness(&bytes))
    }

    fn from_randomness(bytes: &[u8; 32]) -> Self {
        let mut number = *bytes;
        let random: Vec<u8> = (0..RANDOM_LEN)
            .map(|_| ALPHABET[divide_by_62(&mut number)])
            .collect();
        let mut text = String::with_capacity(PREFIX.len() + RANDOM_LEN + CHECKSUM_LEN);
        text.push_str(PREFIX);
        text.extend(random.iter().map(|&digit| char::from(digit)));
        let sum = checksum(&text);
        text.push_str(&sum);
        Self(text)
    }

    /// Reads what a client sent.
    ///
    /// # Errors
    ///
    /// When the form or the checksum is wrong; nobody can have been given such a key.
    pub fn parse(text: &str) -> Result<Self, KeyTextError> {
        let body = text.strip_prefix(PREFIX).ok_or(KeyTextError)?;
        if body.len() != RANDOM_LEN + CHECKSUM_LEN
            || !body.bytes().all(|byte| byte.is_ascii_alphanumeric())
            || checksum(&text[..PREFIX.len() + RANDOM_LEN]) != body[RANDOM_LEN..]
        {
            return Err(KeyTextError);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether `text` claims to be a key, well formed or not.
    pub fn is_claimed_by(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The key itself, to show it once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The first letters, to tell keys apart in a list: four of the random part.
    pub fn start(&self) -> &str {
        &self.0[..PREFIX.len() + 4]
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.start())
    }
}

/// Divides a big-endian number by 62 in place and answers the remainder.
fn divide_by_62(number: &mut [u8; 32]) -> usize {
    let mut remainder = 0_u16;
    for byte in number {
        let value = (remainder << 8) | u16::from(*byte);
        // Below 256: the remainder is below 62, so `value` is below 62 * 256.
        *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
        remainder = value % 62;
    }
    usize::from(remainder)
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let digits = (0..CHECKSUM_LEN).map(|_| {
        let digit = rest % 62;
        rest /= 62;
        char::from(ALPHABET[digit as usize])
    });
    digits.collect()
}

/// SHA-256 of a whole key. A key holds 256 bits of randomness, so that no salt and no slow hash is
/// needed; a look-up by hash compares nothing that an attacker can steer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Wraps a hash that a store kept.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut bytes)
            .map_err(|_| de::Error::custom("expected 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_a_changed_one_is_not() {
        let key = ApiKey::generate().unwrap();
        let text = key.reveal().to_owned();
        assert_eq!(text.len(), 54);
        assert_eq!(ApiKey::parse(&text).unwrap().hash(), key.hash());
        assert_eq!(ApiKey::parse(&text[..53]), Err(KeyTextError));
        assert_eq!(ApiKey::parse(&format!("{text}0")), Err(KeyTextError));
        for at in 5..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(
                ApiKey::parse(&String::from_utf8(changed).unwrap()),
                Err(KeyTextError)
            );
        }
    }

    #[test]
    fn all_of_the_randomness_is_in_the_key() {
        let keys: std::collections::HashSet<String> = (0..256)
            .map(|bit| {
                let mut bytes = [0; 32];
                bytes[bit / 8] = 1 << (bit % 8);
                ApiKey::from_randomness(&bytes).reveal().to_owned()
            })
            .collect();
        assert_eq!(keys.len(), 256);
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = ApiKey::generate().unwrap();
        let shown = format!("{key:?} {:?}", key.hash());
        assert!(!shown.contains(&key.reveal()[9..]), "{shown}");
        assert!(
            !shown.contains(&hex::encode(key.hash().as_bytes())[..8]),
            "{shown}"
        );
    }
}
