//! Badges.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};

use super::Call;
use crate::error::Error;
use crate::http::answer;
use crate::http::badge::{self, Kind};
use crate::http::body::Body;
use crate::http::query::Query;
use crate::model::SkillName;

impl Call<'_> {
    /// `GET /badge/{name}`: always a picture, the same for everyone. What fails here is no fault of
    /// the skill: a picture says so, and no cache keeps it.
    pub(super) async fn badge(&self) -> Response<Body> {
        let kind = Kind::parse(Query::of(&self.head.uri).get("type"));
        let standing = match badge_name(&self.params.name) {
            Some(name) => {
                self.registry
                    .standing(&name, kind == Kind::Dependencies)
                    .await
            }
            None => Err(Error::SkillNotFound),
        };
        let (picture, caching) = match standing {
            Ok(standing) => (badge::of(kind, Some(&standing)), "public, max-age=300"),
            Err(Error::SkillNotFound) => (badge::of(kind, None), "public, max-age=300"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "a badge could not be made");
                (badge::unavailable(kind), "no-store")
            }
        };
        let mut response = Response::new(Body::whole(picture));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        answer::allow_any_origin(headers);
        response
    }
}

/// The skill of a badge's name, which may end in a version and in `.svg`.
fn badge_name(text: &str) -> Option<SkillName> {
    let text = text.trim().to_lowercase();
    let text = text.strip_suffix(".svg").unwrap_or(&text);
    let name = match text.rfind('@') {
        Some(at) if at > 0 => &text[..at],
        _ => text,
    };
    SkillName::parse(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_end_in_a_version_and_in_svg() {
        for text in [
            "@acme/tools",
            "@acme/tools.svg",
            "@acme/tools@1.0.0",
            "@acme/tools@1.0.0-rc.1+b.svg",
            " @ACME/Tools.SVG ",
        ] {
            assert_eq!(badge_name(text).unwrap().as_str(), "@acme/tools", "{text}");
        }
        assert_eq!(badge_name("tools@1.0.0").unwrap().as_str(), "tools");
        for text in ["", ".svg", "@", "@acme", "@acme/tools.png", "a b"] {
            assert_eq!(badge_name(text), None, "{text}");
        }
    }
}
