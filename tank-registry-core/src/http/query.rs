//! Parameters of a query string.

use http::Uri;

use crate::error::{Error, QueryErrors};
use crate::ops::Page;

/// The parameters of a request, decoded. Of one that comes twice the first counts; unknown ones are
/// ignored.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    wrong: QueryErrors,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self {
            pairs: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            wrong: QueryErrors::new(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        let pair = pairs.find(|(held, _)| held == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Notes that a parameter is not what it should be.
    pub(crate) fn refuse(&mut self, name: &'static str, reason: impl Into<String>) {
        self.wrong.entry(name).or_default().push(reason.into());
    }

    /// `page` and `limit`; an integer that is out of bounds is taken for the nearest one within.
    pub(crate) fn page(&mut self) -> Page {
        let standard = Page::default();
        let number = self.integer("page", standard.number, Page::MAX_NUMBER);
        let limit = self.integer("limit", u64::from(standard.limit), Page::MAX_LIMIT.into());
        Page {
            number,
            limit: u32::try_from(limit).unwrap_or(Page::MAX_LIMIT),
        }
    }

    /// Refuses the request with everything that was noted.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::InvalidQuery(self.wrong))
        }
    }

    /// A parameter between 1 and `most`.
    fn integer(&mut self, name: &'static str, standard: u64, most: u64) -> u64 {
        let Some(text) = self.get(name) else {
            return standard;
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.refuse(name, "Invalid input: expected integer");
            return standard;
        }
        if digits.len() < text.len() {
            return 1;
        }
        // Digits alone fail to parse only when there are too many of them.
        text.parse().unwrap_or(u64::MAX).clamp(1, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<(u64, u32), Error> {
        let mut query = Query::of(&format!("/x?{query}").parse().unwrap());
        let page = query.page();
        query.finish().map(|()| (page.number, page.limit))
    }

    #[test]
    fn numbers_out_of_bounds_are_clamped() {
        for (query, expected) in [
            ("", (1, 20)),
            ("page=3&limit=7", (3, 7)),
            ("page=0&limit=0", (1, 1)),
            ("page=-4&limit=-99999999999999999999999", (1, 1)),
            ("limit=51", (1, 50)),
            (
                "page=99999999999999999999999&limit=4294967296",
                (Page::MAX_NUMBER, 50),
            ),
            ("page=2&page=9&other=x", (2, 20)),
            ("pa%67e=%32", (2, 20)),
            ("page=007", (7, 20)),
        ] {
            assert_eq!(page(query).unwrap(), expected, "{query}");
        }
    }

    #[test]
    fn what_is_no_integer_is_refused_by_name() {
        for text in ["", "x", "1.0", "1e3", "+1", "%2B1", "-", "%201", "٣", "0x1"] {
            let refused = page(&format!("page={text}&limit={text}"));
            let Err(Error::InvalidQuery(fields)) = refused else {
                panic!("{text}: {refused:?}");
            };
            let names: Vec<_> = fields.keys().copied().collect();
            assert_eq!(names, ["limit", "page"], "{text}");
        }
    }
}
