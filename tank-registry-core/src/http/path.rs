//! From the raw path of a request to its segments, each decoded once.

use std::borrow::Cow;

use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;

use super::body::Body;
use super::{answer, route};

/// The segments of a path: leading slashes count as one, a slash at the end as none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Segments<'a>(Vec<Cow<'a, str>>);

/// A segment that is no percent-encoded UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathError<'a> {
    /// The segments before it.
    before: Segments<'a>,
}

impl PathError<'_> {
    pub(crate) fn answer(&self) -> Response<Body> {
        let text = if route::is_below_files(&self.before) {
            "Invalid file path encoding"
        } else {
            "Invalid path encoding"
        };
        answer::message(StatusCode::BAD_REQUEST, text)
    }
}

impl<'a> Segments<'a> {
    pub(crate) fn as_slice(&self) -> &[Cow<'a, str>] {
        &self.0
    }

    /// Whether the path lies under `/api`, where requests are counted.
    pub(crate) fn is_api(&self) -> bool {
        self.0.first().is_some_and(|first| first == "api")
    }
}

/// Splits the raw path first and decodes afterwards: an encoded slash never separates.
pub(crate) fn segments(raw: &str) -> Result<Segments<'_>, PathError<'_>> {
    let path = raw.trim_start_matches('/');
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut decoded = Segments(Vec::with_capacity(8));
    for segment in path.split('/') {
        match decode(segment) {
            Some(segment) => decoded.0.push(segment),
            None => return Err(PathError { before: decoded }),
        }
    }
    Ok(decoded)
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    let mut rest = segment;
    while let Some((_, after)) = rest.split_once('%') {
        let is_hex = |at: usize| after.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
        if !is_hex(0) || !is_hex(1) {
            return None;
        }
        rest = &after[2..];
    }
    percent_decode_str(segment).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn parts(raw: &str) -> Vec<String> {
        let segments = segments(raw).unwrap();
        segments.0.into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn leading_slashes_are_one_and_a_trailing_one_is_none() {
        assert_eq!(parts("///api/v1/skills/"), ["api", "v1", "skills"]);
        assert_eq!(parts("/api//v1"), ["api", "", "v1"]);
        assert_eq!(parts("/"), [""]);
    }

    #[test]
    fn each_segment_is_decoded_once_after_the_split() {
        assert_eq!(parts("/%40acme%2Ftools/%2525"), ["@acme/tools", "%25"]);
        assert_eq!(parts("/1.0.0+b%2B"), ["1.0.0+b+"]);
    }

    #[test]
    fn bad_encoding_is_told_apart() {
        for raw in ["/%", "/%2", "/%zz", "/a/%25zz%", "/%ff", "/%+1"] {
            assert!(segments(raw).is_err(), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(texts in proptest::collection::vec(".+", 1..5)) {
            let encoded = texts.iter().map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
            let path = encoded.fold(String::new(), |path, text| format!("{path}/{text}"));
            prop_assert_eq!(parts(&path), texts);
        }

        #[test]
        fn no_path_makes_it_panic(raw in ".*") {
            let _ = segments(&raw);
        }
    }
}
