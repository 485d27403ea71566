//! Which status and which body an error becomes.

use std::error::Error as StdError;

use http::header::{CACHE_CONTROL, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::answer;
use super::body::Body;
use crate::error::Error;
use crate::scan::FetchError;

pub(crate) fn answer(error: &Error) -> Response<Body> {
    let status = status(error);
    if error.is_failure() {
        tracing::error!(error = error as &dyn StdError, cause = %chain(error), "failed");
    }
    let mut body = json!({ "error": error.to_string() });
    if let Some(details) = details(error) {
        body["details"] = details;
    }
    let mut response = answer::value(status, &body);
    let headers = response.headers_mut();
    // Caches keep a 404 by themselves, and a link that is refused now may be good again.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    match error {
        Error::Unauthorized | Error::AuthenticationRequired | Error::AdministratorsOnly => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // What is left of the body would be read as the next request.
        Error::BodyTimeout | Error::BodyCut => {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Error::Overloaded => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Error::Unavailable(_) => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    response
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthorized | Error::AuthenticationRequired | Error::AdministratorsOnly => {
            StatusCode::UNAUTHORIZED
        }
        Error::MissingScope(_)
        | Error::Forbidden
        | Error::NotAMember(_)
        | Error::NotTheOwner(_)
        | Error::SkillRemoved(_)
        | Error::InvalidToken
        | Error::ManagedElsewhere => StatusCode::FORBIDDEN,
        Error::SkillNotFound
        | Error::VersionNotFound { .. }
        | Error::PackageNotFound
        | Error::PackageVersionNotFound
        | Error::UserNotFound
        | Error::OrganizationNotFound
        | Error::MemberNotFound
        | Error::KeyNotFound
        | Error::NoSuchScope(_)
        | Error::UploadNotFound
        | Error::FileNotFound
        | Error::PackageFileNotFound
        | Error::ScanNotFound => StatusCode::NOT_FOUND,
        Error::MissingManifest
        | Error::InvalidManifest(_)
        | Error::InvalidJson
        | Error::MissingFields(_)
        | Error::InvalidBody { .. }
        | Error::InvalidSlug(_)
        | Error::InvalidQuery(_)
        | Error::InvalidValue(_)
        | Error::Escalation(_)
        | Error::AlreadyConfirmed
        | Error::NotUploaded
        | Error::IntegrityMismatch { .. }
        | Error::InvalidPackage(_)
        | Error::MissingParameters
        | Error::InvalidFilePath
        | Error::BodyCut
        | Error::LastOwner
        | Error::TooManyGrants(_)
        | Error::TooManyOrganizations(_) => StatusCode::BAD_REQUEST,
        Error::VersionExists { .. }
        | Error::TooManyVersions { .. }
        | Error::UploadClosed
        | Error::NotHeld
        | Error::Exists(_) => StatusCode::CONFLICT,
        Error::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        Error::BodyTooLarge | Error::FileTooLarge | Error::TarballTooLarge { .. } => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Error::Fetch(error) => fetch_status(error),
        Error::ScanFailed => StatusCode::BAD_GATEWAY,
        Error::ScanTimedOut => StatusCode::GATEWAY_TIMEOUT,
        Error::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::TooManyUploads | Error::TooManyBytes => StatusCode::TOO_MANY_REQUESTS,
        Error::UploadUrl(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Error::NoScanner | Error::TalkNotConfigured | Error::Overloaded | Error::Unavailable(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

fn fetch_status(error: &FetchError) -> StatusCode {
    match error {
        FetchError::NotASkill
        | FetchError::NotHttps
        | FetchError::UnknownHost
        | FetchError::PrivateAddress
        | FetchError::Unresolved(_) => StatusCode::BAD_REQUEST,
        FetchError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        FetchError::Failed(_) => StatusCode::BAD_GATEWAY,
        FetchError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
    }
}

fn details(error: &Error) -> Option<Value> {
    match error {
        Error::InvalidManifest(errors) => Some(json!(errors)),
        Error::InvalidQuery(errors) => Some(json!(errors)),
        Error::InvalidBody { field, reason } => Some(json!({ *field: [reason] })),
        Error::InvalidSlug(error) => Some(json!({ "slug": [error.to_string()] })),
        Error::Escalation(found) => Some(json!(found)),
        Error::InvalidPackage(faults) => Some(json!(faults)),
        Error::IntegrityMismatch { expected, actual } => {
            Some(json!({ "expected": expected, "actual": actual }))
        }
        _ => None,
    }
}

/// The causes of an error, outermost first. Nothing that a client sends is part of them but names.
fn chain(error: &Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
