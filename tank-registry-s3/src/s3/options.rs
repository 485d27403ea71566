//! Where a bucket is and how it is spoken to.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Key};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use url::Url;

/// A request that got no answer is repeated so often, with growing pauses,
const RETRIES: usize = 4;
/// but not when this time has passed since it was first sent.
const RETRIED_FOR: Duration = Duration::from_secs(30);
/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer, or the next piece of it, may take.
const SILENCE: Duration = Duration::from_secs(30);

/// A bucket, how it is spoken to, and what clients may do there themselves.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct S3Options {
    /// The bucket's name.
    pub bucket: String,
    /// Where it lies; `None` is what `AWS_REGION` or `AWS_DEFAULT_REGION` say, else `us-east-1`,
    /// which is what most stores other than Amazon's take.
    pub region: Option<String>,
    /// The URL of a store other than Amazon's, without the bucket.
    pub endpoint: Option<String>,
    /// What the names of all objects begin with, such as `registry/one`; empty for none.
    pub prefix: String,
    /// Whether the bucket stands in the path of a URL rather than in its host. `None` is yes for
    /// an `endpoint`, no for Amazon's.
    pub path_style: Option<bool>,
    /// Whether the endpoint may be `http`, so that others may read and change what is on its way.
    pub allow_http: bool,
    /// Who the requests are from.
    pub credentials: S3Credentials,
    /// Whether publishers send their archives to the bucket themselves. It can refuse neither too
    /// many bytes nor an upload that is over; those are found at the confirm, or swept.
    pub presigned_uploads: bool,
    /// Whether clients fetch archives from the bucket themselves. A link works until its end, two
    /// hours at most, for whoever has it.
    pub presigned_downloads: bool,
}

/// Who requests to a bucket are from.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum S3Credentials {
    /// Whoever the environment names: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else a web
    /// identity, else the container's role, else the machine's.
    #[default]
    Environment,
    /// An access key.
    Key {
        /// Its id.
        id: String,
        /// Its secret.
        secret: String,
    },
}

impl S3Credentials {
    /// An access key.
    pub fn key(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::Key {
            id: id.into(),
            secret: secret.into(),
        }
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::Key { id, .. } => f
                .debug_struct("Key")
                .field("id", id)
                .finish_non_exhaustive(),
        }
    }
}

/// Options that name no bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum S3OptionsError {
    /// The bucket's name is none.
    #[error("`{0}` is no name of a bucket; expected letters, digits, `-`, `.` and `_`")]
    Bucket(String),
    /// The region's name is none.
    #[error("`{0}` is no name of a region; expected letters, digits and `-`, such as eu-central-1")]
    Region(String),
    /// The endpoint is no URL of a store.
    #[error(
        "`{0}` is no endpoint; expected an https URL without user, query and fragment, such as https://s3.example.org"
    )]
    Endpoint(String),
    /// The endpoint is `http`, and nobody allowed it.
    #[error("`{0}` is not encrypted; expected an https URL, or that http is allowed")]
    Http(String),
    /// The bucket cannot stand before the endpoint's host.
    #[error(
        "the bucket `{bucket}` cannot stand in the host of `{endpoint}`; path style puts it in the path"
    )]
    VirtualHost {
        /// The bucket.
        bucket: String,
        /// The endpoint.
        endpoint: String,
    },
    /// The prefix is none.
    #[error(
        "`{0}` is no prefix; expected parts of letters, digits, `-`, `.` and `_` between slashes"
    )]
    Prefix(String),
    /// A part of the access key is missing.
    #[error("an access key has an id and a secret; expected both")]
    Key,
}

/// What the options come to.
pub(super) struct Bucket {
    pub(super) store: AmazonS3,
    /// The bucket's own URL, to which the path of an object is added.
    pub(super) url: Url,
    pub(super) region: String,
    /// Empty, or with a slash at its end.
    pub(super) prefix: String,
}

impl S3Options {
    /// A bucket of Amazon's, with the credentials of the environment.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            region: None,
            endpoint: None,
            prefix: String::new(),
            path_style: None,
            allow_http: false,
            credentials: S3Credentials::Environment,
            presigned_uploads: false,
            presigned_downloads: false,
        }
    }

    /// Sees whether these could be the options of a bucket, without asking it.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn check(&self) -> Result<(), S3OptionsError> {
        self.url(&self.region()?)?;
        self.prefix()?;
        match &self.credentials {
            S3Credentials::Key { id, secret } if id.is_empty() || secret.is_empty() => {
                Err(S3OptionsError::Key)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn bucket(&self) -> Result<Bucket, super::S3OpenError> {
        self.check()?;
        let region = self.region()?;
        let url = self.url(&region)?;
        let builder = match &self.credentials {
            S3Credentials::Environment => from_environment(AmazonS3Builder::new()),
            S3Credentials::Key { id, secret } => AmazonS3Builder::new()
                .with_access_key_id(id)
                .with_secret_access_key(secret),
        };
        let agent = concat!("tank-registry/", env!("CARGO_PKG_VERSION"));
        let client = ClientOptions::new()
            .with_user_agent(HeaderValue::from_static(agent))
            .with_allow_http(self.allow_http)
            .with_connect_timeout(CONNECT)
            // A whole download may take as long as its reader does; only silence ends it.
            .with_timeout_disabled()
            .with_read_timeout(SILENCE);
        let retry = RetryConfig {
            backoff: BackoffConfig {
                max_backoff: Duration::from_secs(2),
                ..BackoffConfig::default()
            },
            max_retries: RETRIES,
            retry_timeout: RETRIED_FOR,
        };
        let store = builder
            .with_bucket_name(&self.bucket)
            .with_region(&region)
            // To the builder, an endpoint that holds the bucket is one of virtual hosts.
            .with_endpoint(url.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(true)
            .with_client_options(client)
            .with_retry(retry)
            // Not every store has the request for many.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(super::S3OpenError::build)?;
        Ok(Bucket {
            store,
            url,
            region,
            prefix: self.prefix()?,
        })
    }

    fn region(&self) -> Result<String, S3OptionsError> {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let region = self
            .region
            .clone()
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| "us-east-1".to_owned());
        if is_word(&region, "-") {
            Ok(region)
        } else {
            Err(S3OptionsError::Region(region))
        }
    }

    fn url(&self, region: &str) -> Result<Url, S3OptionsError> {
        let bucket = &self.bucket;
        if !is_word(bucket, "-._") || bucket.starts_with('.') {
            return Err(S3OptionsError::Bucket(bucket.clone()));
        }
        let amazon = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = self.endpoint.clone().unwrap_or_else(amazon);
        let mut url = parse(&endpoint).ok_or_else(|| S3OptionsError::Endpoint(endpoint.clone()))?;
        if url.scheme() == "http" && !self.allow_http {
            return Err(S3OptionsError::Http(endpoint));
        }
        if self.path_style.unwrap_or(self.endpoint.is_some()) {
            let path = format!("{}/{bucket}", url.path().trim_end_matches('/'));
            url.set_path(&path);
            return Ok(url);
        }
        let host = match url.host() {
            Some(url::Host::Domain(host)) => Some(format!("{bucket}.{host}")),
            // Nothing can stand before an address.
            _ => None,
        };
        match host.map(|host| url.set_host(Some(&host))) {
            Some(Ok(())) => Ok(url),
            _ => Err(S3OptionsError::VirtualHost {
                bucket: bucket.clone(),
                endpoint,
            }),
        }
    }

    fn prefix(&self) -> Result<String, S3OptionsError> {
        let prefix = self.prefix.trim_matches('/');
        let is_part = |part: &str| is_word(part, "-._") && !matches!(part, "." | "..");
        match prefix {
            "" => Ok(String::new()),
            _ if prefix.split('/').all(is_part) => Ok(format!("{prefix}/")),
            _ => Err(S3OptionsError::Prefix(self.prefix.clone())),
        }
    }
}

fn parse(endpoint: &str) -> Option<Url> {
    let url = Url::parse(endpoint).ok()?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    (is_plain && matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// ASCII letters, digits and a few more, at least one.
fn is_word(text: &str, more: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || more.contains(letter);
    !text.is_empty() && text.chars().all(fits)
}

/// Takes from the environment who we are, and nothing else: what is spoken to, and how, is in the
/// options.
fn from_environment(builder: AmazonS3Builder) -> AmazonS3Builder {
    const VARIABLES: [(&str, Key); 9] = [
        ("AWS_ACCESS_KEY_ID", Key::AccessKeyId),
        ("AWS_SECRET_ACCESS_KEY", Key::SecretAccessKey),
        ("AWS_SESSION_TOKEN", Key::Token),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", Key::WebIdentityTokenFile),
        ("AWS_ROLE_ARN", Key::RoleArn),
        ("AWS_ROLE_SESSION_NAME", Key::RoleSessionName),
        (
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            Key::ContainerCredentialsRelativeUri,
        ),
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            Key::ContainerCredentialsFullUri,
        ),
        (
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            Key::ContainerAuthorizationTokenFile,
        ),
    ];
    VARIABLES
        .into_iter()
        .fold(builder, |builder, (name, key)| match std::env::var(name) {
            Ok(value) if !value.is_empty() => builder.with_config(key, value),
            _ => builder,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(change: impl FnOnce(&mut S3Options)) -> Result<String, S3OptionsError> {
        let mut options = S3Options::new("skills");
        options.region = Some("eu-central-1".to_owned());
        change(&mut options);
        options.check()?;
        let region = options.region()?;
        options.url(&region).map(Into::into)
    }

    #[test]
    fn a_bucket_stands_in_the_host_at_amazon_and_in_the_path_elsewhere() {
        assert_eq!(
            url(|_| {}).unwrap(),
            "https://skills.s3.eu-central-1.amazonaws.com/"
        );
        let elsewhere = |options: &mut S3Options| {
            options.endpoint = Some("https://s3.example.org:9000/".to_owned());
        };
        assert_eq!(
            url(elsewhere).unwrap(),
            "https://s3.example.org:9000/skills"
        );
        let turned = |options: &mut S3Options| {
            elsewhere(options);
            options.path_style = Some(false);
        };
        assert_eq!(url(turned).unwrap(), "https://skills.s3.example.org:9000/");
        let in_path = url(|options| options.path_style = Some(true));
        assert_eq!(
            in_path.unwrap(),
            "https://s3.eu-central-1.amazonaws.com/skills"
        );
    }

    #[test]
    fn http_is_allowed_only_when_asked_for() {
        let plain = |options: &mut S3Options| {
            options.endpoint = Some("http://127.0.0.1:9000".to_owned());
        };
        assert!(matches!(url(plain), Err(S3OptionsError::Http(_))));
        let allowed = |options: &mut S3Options| {
            plain(options);
            options.allow_http = true;
        };
        assert_eq!(url(allowed).unwrap(), "http://127.0.0.1:9000/skills");
    }

    #[test]
    fn what_names_no_bucket_is_refused() {
        type Change = fn(&mut S3Options);
        let wrong: [Change; 10] = [
            |options| options.bucket.clear(),
            |options| "a/b".clone_into(&mut options.bucket),
            |options| "..".clone_into(&mut options.bucket),
            |options| options.region = Some("eu/1".to_owned()),
            |options| options.endpoint = Some("s3.example.org".to_owned()),
            |options| options.endpoint = Some("https://me:it@s3.example.org".to_owned()),
            |options| options.endpoint = Some("https://s3.example.org?x=1".to_owned()),
            |options| "a/../b".clone_into(&mut options.prefix),
            |options| "ä".clone_into(&mut options.prefix),
            |options| {
                let (id, secret) = ("id".to_owned(), String::new());
                options.credentials = S3Credentials::Key { id, secret };
            },
        ];
        for (number, change) in wrong.into_iter().enumerate() {
            assert!(url(change).is_err(), "{number}");
        }
        let before_an_address = url(|options| {
            options.endpoint = Some("https://192.0.2.1".to_owned());
            options.path_style = Some(false);
        });
        assert!(matches!(
            before_an_address,
            Err(S3OptionsError::VirtualHost { .. })
        ));
    }

    #[test]
    fn a_prefix_has_one_slash_at_its_end_or_is_empty() {
        let prefix = |text: &str| {
            let mut options = S3Options::new("skills");
            text.clone_into(&mut options.prefix);
            options.prefix().unwrap()
        };
        assert_eq!(prefix(""), "");
        assert_eq!(prefix("/"), "");
        assert_eq!(prefix("one"), "one/");
        assert_eq!(prefix("/one/two.3/"), "one/two.3/");
    }

    #[test]
    fn no_secret_is_shown() {
        let mut options = S3Options::new("skills");
        let (id, secret) = ("known".to_owned(), "hidden".to_owned());
        options.credentials = S3Credentials::Key { id, secret };
        let shown = format!("{options:?}");
        assert!(
            shown.contains("known") && !shown.contains("hidden"),
            "{shown}"
        );
    }
}
