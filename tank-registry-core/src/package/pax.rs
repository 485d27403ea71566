//! PAX records, read strictly.
//!
//! Readers differ in what they make of a record that is not quite right: some split the header at line
//! ends, some believe the length; some take the first of two equal keywords, some the last. So nothing
//! that leaves a choice is accepted.

/// What the PAX header of an entry says about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// The entry is a sparse file in disguise: its data is not its contents.
    pub(super) sparse: bool,
}

impl Records {
    /// Reads the data of a PAX header; the error says what is wrong with it.
    pub(super) fn parse(mut data: &[u8]) -> Result<Self, &'static str> {
        let mut records = Self::default();
        while !data.is_empty() {
            let (keyword, value, rest) = record(data)
                .ok_or("a record is broken; it reads `LENGTH KEYWORD=VALUE` and a line end")?;
            if value.iter().any(|byte| matches!(byte, 0 | b'\n')) {
                return Err("a value holds a NUL or line end; pack without extended attributes");
            }
            records.apply(keyword, value)?;
            data = rest;
        }
        Ok(records)
    }

    /// Whether these records, of a header about the whole archive, change what an entry is.
    pub(super) fn redefine_entries(&self) -> bool {
        *self != Self::default()
    }

    fn apply(&mut self, keyword: &str, value: &[u8]) -> Result<(), &'static str> {
        match keyword {
            "path" => once(&mut self.path, value.to_vec()),
            "linkpath" => once(&mut self.link, value.to_vec()),
            "size" => once(
                &mut self.size,
                decimal(value).ok_or("the size is not a decimal number")?,
            ),
            "SCHILY.realsize" => {
                self.sparse = true;
                Ok(())
            }
            _ if keyword.starts_with("GNU.sparse.") => {
                self.sparse = true;
                Ok(())
            }
            "atime" | "charset" | "comment" | "ctime" | "gid" | "gname" | "hdrcharset"
            | "mtime" | "uid" | "uname" => Ok(()),
            // Of a vendor (`SCHILY.dev`) or a name space of POSIX (`security.x`). Some readers let any other
            // keyword set the property of this name.
            _ if keyword.contains('.') => Ok(()),
            _ => Err(
                "a keyword is unknown; those of POSIX and of vendors (`VENDOR.keyword`) are supported",
            ),
        }
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), &'static str> {
    if slot.replace(value).is_some() {
        return Err("it gives a path, link target or size twice");
    }
    Ok(())
}

/// Splits the first record off: keyword, value, what follows.
fn record(data: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let blank = data.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(data.get(..blank)?)?).ok()?;
    let (record, rest) = data.split_at_checked(length)?;
    let body = record.get(blank + 1..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    let keyword = str::from_utf8(body.get(..equals)?).ok()?;
    if keyword.is_empty() || keyword.contains(char::is_control) {
        return None;
    }
    Some((keyword, body.get(equals + 1..)?, rest))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    // `parse` alone would take a sign.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::package::samples::records_data;

    fn parse(records: &[(&str, &str)]) -> Result<Records, &'static str> {
        Records::parse(records_data(records).as_bytes())
    }

    #[test]
    fn records_of_an_ordinary_header_are_read() {
        let records = parse(&[
            ("path", "a/b"),
            ("size", "7"),
            ("mtime", "1.5"),
            ("SCHILY.dev", "1"),
        ])
        .unwrap();
        assert_eq!(
            records,
            Records {
                path: Some(b"a/b".to_vec()),
                size: Some(7),
                ..Records::default()
            }
        );
        assert_eq!(Records::parse(b"").unwrap(), Records::default());
    }

    #[test]
    fn an_equals_sign_may_be_part_of_a_value() {
        assert_eq!(
            Records::parse(b"12 path=a=b\n").unwrap().path.as_deref(),
            Some(&b"a=b"[..])
        );
    }

    #[test]
    fn a_record_that_is_not_quite_right_is_refused() {
        assert!(Records::parse(b"12 path=a/b\n").is_ok());
        for data in [
            &b"11 path=a/b\n"[..],
            b"13 path=a/b\n",
            b"12 path=a/b\n\n",
            b"12 path=a/b\n\0\0",
            b"+12 path=a/b\n",
            b"12  path\n",
            b"6 =ab\n",
            b"0 path=a\n",
            b"99999999999999999999999 path=a\n",
            b"path=a\n",
            b" ",
        ] {
            assert!(Records::parse(data).is_err(), "{}", data.escape_ascii());
        }
    }

    #[test]
    fn a_value_with_a_nul_or_line_end_is_refused() {
        for value in ["a\0b", "\n", "x\n12 path=../x"] {
            // Readers that split at line ends would find a path in the last one.
            assert!(
                parse(&[("comment", value)])
                    .unwrap_err()
                    .contains("NUL or line end")
            );
        }
    }

    #[test]
    fn a_path_link_or_size_given_twice_is_refused() {
        for keyword in ["path", "linkpath", "size"] {
            assert!(
                parse(&[(keyword, "1"), (keyword, "1")])
                    .unwrap_err()
                    .contains("twice")
            );
        }
        assert!(parse(&[("comment", "1"), ("comment", "2")]).is_ok());
    }

    #[test]
    fn a_size_that_is_no_plain_number_is_refused() {
        for size in ["", "-1", "+1", "0x1", "1 ", "1.0", "99999999999999999999"] {
            assert!(
                parse(&[("size", size)]).unwrap_err().contains("decimal"),
                "{size}"
            );
        }
    }

    #[test]
    fn a_keyword_of_nobody_is_refused() {
        assert!(parse(&[("type", "2")]).unwrap_err().contains("keyword"));
        assert!(parse(&[("LIBARCHIVE.creationtime", "2")]).is_ok());
    }

    #[test]
    fn sparse_markers_are_noticed() {
        for keyword in ["GNU.sparse.major", "GNU.sparse.realsize", "SCHILY.realsize"] {
            assert!(parse(&[(keyword, "1")]).unwrap().sparse);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(data in proptest::collection::vec(prop_oneof![Just(b' '), Just(b'='), Just(b'\n'), b'0'..=b'9', any::<u8>()], 0..60)) {
            let _ = Records::parse(&data);
        }
    }
}
