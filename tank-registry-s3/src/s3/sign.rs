//! Links that let their bearer read or write one object: signatures of version 4, in the query.
//!
//! They are made here because the signer of `object_store` knows no time but the present: its link
//! would be another one at each request, and no document that holds it could be kept. Of the
//! request only the method, the host, the path and the query are signed; a client may send any
//! header, `Content-Type` included.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use object_store::aws::AwsCredential;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use tank_registry_core::model::Timestamp;
use url::Url;

/// What is escaped in a query that is signed: all but the unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// No signature may be valid for longer.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// What a link is for.
pub(super) struct Link<'a> {
    pub(super) method: &'static str,
    /// The object's path, which needs no escaping.
    pub(super) path: &'a str,
    pub(super) since: Timestamp,
    pub(super) valid: Duration,
    /// Further parameters that the store is to follow.
    pub(super) parameters: &'a [(&'a str, &'a str)],
}

/// Signs links to objects of one bucket.
#[derive(Debug)]
pub(super) struct Presigner {
    bucket: Url,
    region: String,
}

impl Presigner {
    pub(super) fn new(bucket: Url, region: String) -> Self {
        Self { bucket, region }
    }

    pub(super) fn sign(&self, credential: &AwsCredential, link: &Link<'_>) -> Url {
        let mut url = self.bucket.clone();
        let path = format!("{}/{}", url.path().trim_end_matches('/'), link.path);
        url.set_path(&path);
        let time = compact(link.since);
        let day = &time[..8];
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let bearer = format!("{}/{scope}", credential.key_id);
        let seconds = link.valid.min(LONGEST).as_secs().to_string();
        let mut parameters = vec![
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", &*bearer),
            ("X-Amz-Date", &*time),
            ("X-Amz-Expires", &*seconds),
            ("X-Amz-SignedHeaders", "host"),
        ];
        if let Some(token) = &credential.token {
            parameters.push(("X-Amz-Security-Token", token));
        }
        parameters.extend(link.parameters);
        parameters.sort_unstable();
        let escape = |text| utf8_percent_encode(text, ESCAPED);
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect();
        let query = query.join("&");
        let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let request = format!(
            "{}\n{}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD",
            link.method,
            url.path()
        );
        let text = format!(
            "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
            hex::encode(Sha256::digest(request))
        );
        let first = format!("AWS4{}", credential.secret_key);
        let key = [day, &self.region, "s3", "aws4_request"]
            .iter()
            .fold(first.into_bytes(), |key, part| mac(&key, part));
        let signature = hex::encode(mac(&key, &text));
        url.set_query(Some(&format!("{query}&X-Amz-Signature={signature}")));
        url
    }
}

/// `20260301T110000Z`
fn compact(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    seconds.replace(['-', ':'], "") + "Z"
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // A longer key is hashed first, a shorter one filled with zeros.
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut mac: Hmac<Sha256> = Hmac::new(&block);
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that Amazon's documentation of such links works through.
    #[test]
    fn a_link_is_signed_as_the_published_example_is() {
        let bucket = Url::parse("https://examplebucket.s3.amazonaws.com").unwrap();
        let credential = AwsCredential {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        };
        let link = Link {
            method: "GET",
            path: "test.txt",
            since: "2013-05-24T00:00:00Z".parse().unwrap(),
            valid: Duration::from_hours(24),
            parameters: &[],
        };
        let url = Presigner::new(bucket, "us-east-1".to_owned()).sign(&credential, &link);
        assert_eq!(
            url.as_str(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }
}
