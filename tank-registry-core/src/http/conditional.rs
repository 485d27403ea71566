//! `If-None-Match` of RFC 9110, section 13.1.2.

use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::answer;
use super::body::Body;

/// Whether the client has what this entity tag stands for. Tags are compared weakly.
pub(crate) fn has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let wanted = opaque(etag.as_bytes());
    headers.get_all(IF_NONE_MATCH).iter().any(|value| {
        let value = value.as_bytes().trim_ascii();
        value == b"*" || tags(value).any(|tag| tag == wanted)
    })
}

/// The answer to a client that has it.
pub(crate) fn not_modified(etag: HeaderValue) -> Response<Body> {
    let mut response = answer::empty(StatusCode::NOT_MODIFIED);
    response.headers_mut().insert(ETAG, etag);
    response
}

/// A tag without the mark of weakness.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// The quoted parts of a list of tags. A comma may stand within a tag, a quote may not.
fn tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|&byte| byte == b'"')?;
        let length = rest[start + 1..].iter().position(|&byte| byte == b'"')?;
        let (tag, after) = rest[start..].split_at(length + 2);
        rest = after;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_and_one_of_a_list_is_enough() {
        let etag = HeaderValue::from_static("W/\"ab\"");
        for (given, expected) in [
            ("\"ab\"", true),
            ("W/\"ab\"", true),
            (" W/\"x\" , \"ab\"", true),
            ("\"a,b\", \"ab\"", true),
            ("*", true),
            ("ab", false),
            ("\"abc\"", false),
            ("W/\"x\"", false),
            ("\"ab", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, given.parse().unwrap());
            assert_eq!(has(&headers, &etag), expected, "{given}");
        }
        assert!(!has(&HeaderMap::new(), &etag));
    }
}
