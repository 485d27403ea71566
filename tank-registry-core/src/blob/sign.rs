//! Signed links to bytes that core serves and receives itself.
//!
//! A link's token is a short text (what it is for, until when, for whom) and an HMAC-SHA256 over
//! it. Nothing of it is secret but the signature; the text decides nothing that is not checked
//! again when the link is used.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::model::{SkillName, Timestamp, UploadId, UserId, VersionId};

/// 32 random bytes that sign links. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningSecret([u8; 32]);

impl SigningSecret {
    /// Wraps 32 bytes from a good source of randomness.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The bytes, for a store to keep.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// Makes and checks the tokens of links. The first secret signs, all verify.
#[derive(Debug, Clone)]
pub(crate) struct UrlSigner {
    secrets: Vec<SigningSecret>,
}

/// Whom a download link was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkViewer {
    /// Anyone, while an anonymous viewer may read the version.
    Anyone,
    /// A user, and whether with the rights of an administrator.
    User { user: UserId, admin: bool },
}

/// What a download link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DownloadLink {
    pub(crate) name: SkillName,
    pub(crate) version: VersionId,
    pub(crate) viewer: LinkViewer,
}

impl UrlSigner {
    /// A signer; `previous` secrets still verify links that they signed.
    pub(crate) fn new(
        current: SigningSecret,
        previous: impl IntoIterator<Item = SigningSecret>,
    ) -> Self {
        Self {
            secrets: std::iter::once(current).chain(previous).collect(),
        }
    }

    /// A token that lets its bearer `PUT` the bytes of an upload session.
    pub(crate) fn upload(&self, upload: UploadId, until: Timestamp) -> String {
        self.sign(&format!("put.{upload}.{}", until.as_secs()))
    }

    /// Which session a token is for, if it is good at `now`.
    pub(crate) fn verify_upload(&self, token: &str, now: Timestamp) -> Option<UploadId> {
        let text = self.verify(token)?;
        let [kind, upload, until] = parts(&text)?;
        (kind == "put" && is_valid_at(until, now)?).then(|| upload.parse().ok())?
    }

    /// A token that lets its bearer `GET` the archive of a version.
    pub(crate) fn download(&self, link: &DownloadLink, until: Timestamp) -> String {
        let viewer = match link.viewer {
            LinkViewer::Anyone => "-".to_owned(),
            LinkViewer::User { user, admin: false } => format!("u{user}"),
            LinkViewer::User { user, admin: true } => format!("a{user}"),
        };
        self.sign(&format!(
            "get.{}.{}.{viewer}.{}",
            link.name,
            link.version,
            until.as_secs()
        ))
    }

    /// What a token is for, if it is good at `now`.
    pub(crate) fn verify_download(&self, token: &str, now: Timestamp) -> Option<DownloadLink> {
        let text = self.verify(token)?;
        // A name holds no dot.
        let [kind, name, version, viewer, until] = parts(&text)?;
        if kind != "get" || !is_valid_at(until, now)? {
            return None;
        }
        let viewer = match viewer.split_at_checked(1)? {
            ("-", "") => LinkViewer::Anyone,
            ("u", user) => LinkViewer::User {
                user: user.parse().ok()?,
                admin: false,
            },
            ("a", user) => LinkViewer::User {
                user: user.parse().ok()?,
                admin: true,
            },
            _ => return None,
        };
        Some(DownloadLink {
            name: SkillName::parse(name).ok()?,
            version: version.parse().ok()?,
            viewer,
        })
    }

    fn sign(&self, text: &str) -> String {
        let signature = mac(&self.secrets[0], text).finalize().into_bytes();
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(text),
            URL_SAFE_NO_PAD.encode(signature)
        )
    }

    fn verify(&self, token: &str) -> Option<String> {
        let (text, signature) = token.split_once('.')?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // `verify_slice` compares in constant time.
        self.secrets
            .iter()
            .any(|secret| mac(secret, &text).verify_slice(&signature).is_ok())
            .then_some(text)
    }
}

fn mac(secret: &SigningSecret, text: &str) -> Hmac<Sha256> {
    let key = hmac::digest::Key::<Hmac<Sha256>>::default();
    let mut key = key;
    key[..32].copy_from_slice(&secret.0);
    let mut mac = Hmac::new(&key);
    mac.update(text.as_bytes());
    mac
}

fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('.').collect::<Vec<_>>().try_into().ok()
}

fn is_valid_at(until: &str, now: Timestamp) -> Option<bool> {
    let until: i64 = until.parse().ok()?;
    Some(now.as_secs() < until)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_362_800_000);

    fn signer(byte: u8) -> UrlSigner {
        UrlSigner::new(SigningSecret::new([byte; 32]), [])
    }

    #[test]
    fn a_link_works_until_its_end_and_for_its_purpose_only() {
        let id = VersionId::new(Uuid::from_u128(1));
        let until = NOW.after(Duration::from_secs(10));
        let put = signer(1).upload(id, until);
        assert_eq!(signer(1).verify_upload(&put, NOW), Some(id));
        assert_eq!(signer(1).verify_upload(&put, until), None);
        assert_eq!(signer(1).verify_download(&put, NOW), None);
        assert_eq!(signer(2).verify_upload(&put, NOW), None);
    }

    #[test]
    fn a_download_link_names_its_viewer() {
        let version = VersionId::new(Uuid::from_u128(1));
        let user = UserId::new(Uuid::from_u128(2));
        let until = NOW.after(Duration::from_secs(10));
        for viewer in [
            LinkViewer::Anyone,
            LinkViewer::User { user, admin: false },
            LinkViewer::User { user, admin: true },
        ] {
            let name = SkillName::parse("@acme/tools").unwrap();
            let link = DownloadLink {
                name,
                version,
                viewer,
            };
            let token = signer(1).download(&link, until);
            assert_eq!(signer(1).verify_download(&token, NOW), Some(link));
            for at in 0..token.len() {
                let mut forged = token.clone().into_bytes();
                forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
                let forged = String::from_utf8(forged).unwrap();
                assert_eq!(signer(1).verify_download(&forged, NOW), None, "{forged}");
            }
        }
    }

    #[test]
    fn an_old_secret_still_verifies_and_no_longer_signs() {
        let id = VersionId::new(Uuid::from_u128(1));
        let until = NOW.after(Duration::from_secs(10));
        let both = UrlSigner::new(SigningSecret::new([2; 32]), [SigningSecret::new([1; 32])]);
        assert_eq!(
            both.verify_upload(&signer(1).upload(id, until), NOW),
            Some(id)
        );
        assert_eq!(signer(1).verify_upload(&both.upload(id, until), NOW), None);
    }
}
