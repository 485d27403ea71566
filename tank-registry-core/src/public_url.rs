//! The one address that all absolute URLs are made from.

use std::fmt;

/// Where clients find the registry: scheme, host and the path prefix it is mounted under, without
/// a slash at the end. The only source of absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no public URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an http or https URL without credentials, query and fragment, such as https://registry.example.org"
)]
pub struct PublicUrlError;

impl PublicUrl {
    /// Reads and normalises a public URL.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let url = url::Url::parse(text.trim()).map_err(|_| PublicUrlError)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(PublicUrlError);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The URL, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_keeps_its_prefix_and_loses_its_last_slash() {
        let parse = |text| PublicUrl::parse(text).map(|url| url.as_str().to_owned());
        assert_eq!(parse("https://r.example/").unwrap(), "https://r.example");
        assert_eq!(
            parse("http://r.example:8470/skills/").unwrap(),
            "http://r.example:8470/skills"
        );
        for bad in [
            "r.example",
            "ftp://r.example",
            "https://u:p@r.example",
            "https://r/?a",
            "https://r/#a",
            "",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
