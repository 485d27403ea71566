//! Conditions on a read: `If-None-Match` of RFC 9110, section 13.1.2.

use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::answer;
use super::body::Body;

/// The answer to a client that has it.
pub(crate) fn not_modified(etag: HeaderValue) -> Response<Body> {
    let mut response = answer::empty(StatusCode::NOT_MODIFIED);
    // As many come to it as to the whole answer.
    response.headers_mut().reserve(12);
    response.headers_mut().insert(ETAG, etag);
    response
}

/// Whether the client has the representation with this entity tag, quotes included. The comparison
/// is the weak one: `W/` makes no difference.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = opaque(etag);
    headers.get_all(IF_NONE_MATCH).iter().any(|value| {
        value.to_str().is_ok_and(|list| {
            let list = list.trim();
            list == "*" || tags(list).any(|tag| tag == opaque)
        })
    })
}

/// The opaque parts of a list of entity tags, up to what is none.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let start = rest.strip_prefix("W/").unwrap_or(rest);
        // A comma may stand within the quotes.
        let end = start.strip_prefix('"')?.find('"')? + 2;
        rest = &start[end..];
        Some(&start[..end])
    })
}

fn opaque(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[&str], etag: &str) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
        }
        is_known(&headers, etag)
    }

    #[test]
    fn a_tag_is_looked_for_in_all_lists_and_compared_weakly() {
        for list in [
            "*",
            " * ",
            r#""a""#,
            r#"W/"a""#,
            r#""b", "a""#,
            r#""b" ,, W/"a","c""#,
            r#""x,y","a""#,
        ] {
            assert!(known(&[list], r#""a""#), "{list}");
            assert!(known(&[r#""z""#, list], r#"W/"a""#), "{list}");
        }
        for list in [
            "",
            "a",
            r#""A""#,
            r#""b""#,
            r#"w/"a""#,
            r#""a"#,
            r#""x,"a""#,
        ] {
            assert!(!known(&[list], r#""a""#), "{list}");
        }
        assert!(!known(&[], r#""a""#));
    }
}
