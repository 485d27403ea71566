//! What failures of a bucket mean to a caller.

use std::error::Error as StdError;

use object_store::Error;
use object_store::client::HttpError;
use tank_registry_core::blob::{BlobArea, BlobError, BlobErrorKind, BlobKey};

use super::options::{S3Options, S3OptionsError};

/// A bucket cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3OpenError {
    /// The options name no bucket.
    #[error(transparent)]
    Options(#[from] S3OptionsError),
    /// What the environment says of credentials cannot be used.
    #[error("cannot make a client of the bucket")]
    Client(#[source] Source),
    /// Nobody says who we are.
    #[error(
        "cannot get credentials for the bucket; give an access key with its secret, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials(#[source] Source),
    /// There is no such bucket.
    #[error(
        "there is no bucket `{0}`; create it, or correct its name, its endpoint and its region"
    )]
    NoSuchBucket(String, #[source] Source),
    /// The bucket lies elsewhere.
    #[error("the bucket `{0}` does not lie in this region; correct the region")]
    Region(String, #[source] Source),
    /// The clocks of the two machines differ.
    #[error(
        "the clock of this machine differs from that of the store, which refuses signatures then; set it right"
    )]
    Clock(#[source] Source),
    /// The access key is not known there.
    #[error("the store does not know the access key; correct its id")]
    UnknownKey(#[source] Source),
    /// The secret does not belong to the access key.
    #[error(
        "the store refuses the signature; correct the secret of the access key, and the region"
    )]
    WrongSecret(#[source] Source),
    /// The credentials are not enough.
    #[error(
        "access to the bucket `{0}` is denied; allow s3:ListBucket on it, and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects"
    )]
    Denied(String, #[source] Source),
    /// Nothing answers there.
    #[error("the store of the bucket `{0}` cannot be reached; correct its endpoint")]
    Unreachable(String, #[source] Source),
    /// Something answers there that is no store.
    #[error(
        "the endpoint of the bucket `{0}` does not answer as S3 does; correct it, or what stands before the store"
    )]
    NotS3(String, #[source] Source),
    /// Other bytes came back than were written.
    #[error("the bucket `{0}` does not give back what was written to it")]
    OtherBytes(String),
    /// Anything else.
    #[error("the bucket `{0}` does not work")]
    Other(String, #[source] Source),
}

type Source = Box<dyn StdError + Send + Sync>;

impl S3OpenError {
    pub(super) fn build(error: Error) -> Self {
        Self::Client(error.into())
    }

    /// What a failed request says about the whole of a bucket.
    pub(super) fn of(options: &S3Options, error: Source) -> Self {
        let bucket = options.bucket.clone();
        match code(&*error).as_deref() {
            Some("NoSuchBucket") => Self::NoSuchBucket(bucket, error),
            Some("RequestTimeTooSkewed") => Self::Clock(error),
            Some("InvalidAccessKeyId" | "NotSignedUp") => Self::UnknownKey(error),
            Some("SignatureDoesNotMatch") => Self::WrongSecret(error),
            Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect") => {
                Self::Region(bucket, error)
            }
            Some("AccessDenied" | "AllAccessDisabled") => Self::Denied(bucket, error),
            _ if is_of_no_store(&*error) => Self::NotS3(bucket, first_line(&*error).into()),
            _ if is_redirect(&*error) => Self::Region(bucket, error),
            _ if is_of_transport(&*error) => Self::Unreachable(bucket, error),
            _ if has_status(&*error, 401) || has_status(&*error, 403) => {
                Self::Denied(bucket, error)
            }
            _ => Self::Other(bucket, error),
        }
    }
}

/// The failure of an operation on one object.
pub(super) fn of_key(key: &BlobKey, error: Error) -> BlobError {
    BlobError::new(kind(&error), key, error)
}

/// The failure of a listing.
pub(super) fn of_area(area: BlobArea, error: Error) -> BlobError {
    let kind = match kind(&error) {
        // Of an area nothing can be missing but the bucket.
        BlobErrorKind::NotFound => BlobErrorKind::Unavailable,
        kind => kind,
    };
    BlobError::of_area(kind, area, error)
}

/// What a failure means.
pub(super) fn kind(error: &Error) -> BlobErrorKind {
    match error {
        Error::NotFound { .. } => match code(error).as_deref() {
            Some("NoSuchBucket" | "NoSuchUpload") => BlobErrorKind::Unavailable,
            _ => BlobErrorKind::NotFound,
        },
        Error::Generic { .. } if code(error).as_deref() == Some("InvalidRange") => {
            BlobErrorKind::Range
        }
        // No answer, one of a server in trouble, or a refusal.
        Error::Generic { .. }
        | Error::PermissionDenied { .. }
        | Error::Unauthenticated { .. }
        | Error::AlreadyExists { .. }
        | Error::Precondition { .. } => BlobErrorKind::Unavailable,
        _ => BlobErrorKind::Internal,
    }
}

/// The store's own word for what went wrong, from the XML of its answer.
pub(super) fn code(error: &(dyn StdError + 'static)) -> Option<String> {
    chain(error).find_map(|error| {
        let text = error.to_string();
        let (_, rest) = text.split_once("<Code>")?;
        let (code, _) = rest.split_once("</Code>")?;
        Some(code.trim().to_owned())
    })
}

/// Whether the answer had this status. The client's error has no type that says so.
fn has_status(error: &(dyn StdError + 'static), status: u16) -> bool {
    says(error, &format!("status code: {status}"))
}

fn is_redirect(error: &(dyn StdError + 'static)) -> bool {
    has_status(error, 301) || has_status(error, 307) || says(error, "redirect without LOCATION")
}

/// Whether the answer was a page for people, or lacks what every store says.
fn is_of_no_store(error: &(dyn StdError + 'static)) -> bool {
    const SIGNS: [&str; 4] = [
        "<html",
        "<!doctype html",
        // A page with status 200, to an upload and to a listing.
        "etag header missing",
        "invalid list response",
    ];
    chain(error).any(|error| {
        let text = error.to_string().to_ascii_lowercase();
        SIGNS.iter().any(|sign| text.contains(sign))
    })
}

/// What the innermost error says, without the rest of a page.
fn first_line(error: &(dyn StdError + 'static)) -> String {
    let text = chain(error).last().map(ToString::to_string);
    let text = text.unwrap_or_default();
    text.trim_start()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn says(error: &(dyn StdError + 'static), text: &str) -> bool {
    chain(error).any(|error| error.to_string().contains(text))
}

fn is_of_transport(error: &(dyn StdError + 'static)) -> bool {
    chain(error).any(|error| error.downcast_ref::<HttpError>().is_some())
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::super::{S3Blobs, S3Credentials};
    use super::*;

    /// Opens a bucket at an endpoint that gives every request this answer.
    async fn opened(status: &'static str, page: &'static str) -> S3OpenError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Ends with the process: nobody connects again.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut line = String::new();
                while stream.read_line(&mut line).unwrap() > 2 {
                    line.clear();
                }
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    page.len()
                );
                let answer = [head.as_bytes(), page.as_bytes()].concat();
                stream.get_mut().write_all(&answer).unwrap();
            }
        });
        let mut options = S3Options::new("skills");
        options.region = Some("us-east-1".to_owned());
        options.endpoint = Some(format!("http://{address}"));
        options.allow_http = true;
        options.credentials = S3Credentials::key("id", "secret");
        S3Blobs::open(options).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_page_is_no_answer_of_a_store_and_only_its_first_line_is_told() {
        const PAGE: &str = "<!DOCTYPE html>\n<html>\n<body>Nothing here</body>\n</html>\n";
        for status in [
            "404 Not Found",
            "403 Forbidden",
            "400 Bad Request",
            "200 OK",
        ] {
            let error = opened(status, PAGE).await;
            assert!(matches!(error, S3OpenError::NotS3(..)), "{error:?}");
            let told: Vec<String> = chain(&error).map(ToString::to_string).collect();
            let told = told.join(": ");
            assert!(told.contains("`skills` does not answer as S3"), "{told}");
            let is_shown = told.contains(status) || status == "200 OK";
            assert!(is_shown, "{told}");
            assert!(
                !told.contains('\n') && !told.contains("Nothing here"),
                "{told}"
            );
        }
    }
}
