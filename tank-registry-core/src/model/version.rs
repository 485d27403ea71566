//! Versions: `SemVer` 2.0 as the clients' resolver reads it.

use std::cmp::Ordering;

use super::text::wire_string;

/// Longest version, in bytes.
const MAX_BYTES: usize = 128;

/// Largest number that node-semver accepts; a version beyond it could be published but never installed.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The version of a skill, with its text as it was sent.
///
/// Two versions that differ only in build metadata are different values of this type but the *same* version for the
/// registry: compare [`Version::key`] or [`Version::cmp_precedence`] for that. `Ord` agrees with precedence and breaks its
/// ties by build metadata, so that it also agrees with `Eq`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    text: Box<str>,
    parsed: semver::Version,
}

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("Version must be valid semver")]
pub struct VersionError;

/// How far a version is from an earlier one, by the numbers before any `-` or `+`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bump {
    /// Neither major nor minor is greater.
    Patch,
    /// Only the minor number is greater.
    Minor,
    /// The major number is greater.
    Major,
}

impl Version {
    /// Reads a version; nothing is trimmed.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_BYTES {
            return Err(VersionError);
        }
        let parsed = semver::Version::parse(text).map_err(|_| VersionError)?;
        if parsed.major.max(parsed.minor).max(parsed.patch) > MAX_NUMBER {
            return Err(VersionError);
        }
        Ok(Self {
            text: text.into(),
            parsed,
        })
    }

    /// The text as sent, build metadata included.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text without build metadata: what is unique within a skill.
    pub fn key(&self) -> &str {
        self.text
            .split_once('+')
            .map_or(&*self.text, |(key, _)| key)
    }

    /// The first number.
    pub const fn major(&self) -> u64 {
        self.parsed.major
    }

    /// The second number.
    pub const fn minor(&self) -> u64 {
        self.parsed.minor
    }

    /// The third number.
    pub const fn patch(&self) -> u64 {
        self.parsed.patch
    }

    /// Whether there is a part after `-`.
    pub fn is_prerelease(&self) -> bool {
        !self.parsed.pre.is_empty()
    }

    /// Order by `SemVer` precedence. Build metadata does not count.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        self.parsed.cmp_precedence(&other.parsed)
    }

    /// The highest release, else the highest pre-release, else nothing.
    pub fn latest<'a>(versions: impl IntoIterator<Item = &'a Self>) -> Option<&'a Self> {
        let rank = |version: &Self| !version.is_prerelease();
        versions
            .into_iter()
            .max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)))
    }
}

wire_string!(Version, VersionError);

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parsed.cmp(&other.parsed)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Bump {
    /// The bump from one version to another. Pre-releases count by their numbers, and `0.x` is no exception.
    pub const fn between(from: &Version, to: &Version) -> Self {
        if to.major() > from.major() {
            Self::Major
        } else if to.minor() > from.minor() {
            Self::Minor
        } else {
            Self::Patch
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn what_is_not_semver_is_refused() {
        for wrong in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "v1.0.0",
            "=1.0.0",
            " 1.0.0",
            "1.0.0 ",
            "01.0.0",
            "1.0.0-",
            "1.0.0-a..b",
            "1.0.0-01",
            "1.0.0+",
            "1.0.0+a..b",
            "1.0.0-é",
            "latest",
            "null",
            "1.0.x",
            "٣.0.0",
            "1.0.0\n",
            "18446744073709551616.0.0",
        ] {
            assert_eq!(
                Version::parse(wrong).unwrap_err().to_string(),
                "Version must be valid semver",
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn a_number_no_client_can_read_is_refused() {
        assert!(Version::parse("9007199254740991.0.0").is_ok());
        assert!(Version::parse("9007199254740992.0.0").is_err());
        assert!(Version::parse("0.0.18446744073709551615").is_err());
    }

    #[test]
    fn a_version_has_at_most_128_bytes() {
        let longest = format!("1.0.0-{}", "a".repeat(122));
        assert!(Version::parse(&longest).is_ok());
        assert!(Version::parse(&format!("{longest}a")).is_err());
    }

    #[test]
    fn build_metadata_is_kept_but_is_no_part_of_the_key() {
        let with_build = version("1.2.3-rc.1+build.5-x");
        assert_eq!(with_build.as_str(), "1.2.3-rc.1+build.5-x");
        assert_eq!(with_build.key(), "1.2.3-rc.1");
        assert_eq!(
            (with_build.major(), with_build.minor(), with_build.patch()),
            (1, 2, 3)
        );
        assert!(with_build.is_prerelease());
        assert!(!version("1.2.3+a-b").is_prerelease());
        assert_eq!(version("1.2.3+a-b").key(), "1.2.3");
    }

    #[test]
    fn precedence_follows_semver() {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.1.0",
            "1.10.0",
            "2.0.0-0",
            "2.0.0",
        ];
        for pair in ordered.windows(2) {
            assert_eq!(
                version(pair[0]).cmp_precedence(&version(pair[1])),
                Ordering::Less,
                "{pair:?}"
            );
        }
    }

    #[test]
    fn the_latest_is_the_highest_release() {
        let all = ["1.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0"].map(version);
        assert_eq!(Version::latest(&all).unwrap().as_str(), "1.10.0");
    }

    #[test]
    fn without_a_release_the_latest_is_the_highest_pre_release() {
        let all = ["1.0.0-a", "2.0.0-rc.1", "2.0.0-rc.0"].map(version);
        assert_eq!(Version::latest(&all).unwrap().as_str(), "2.0.0-rc.1");
        assert_eq!(Version::latest(&[]), None);
    }

    #[test]
    fn a_bump_is_read_from_the_numbers_alone() {
        for (from, to, bump) in [
            ("1.0.0", "1.0.1", Bump::Patch),
            ("1.0.0", "1.1.0", Bump::Minor),
            ("1.9.9", "2.0.0", Bump::Major),
            ("1.0.0", "2.0.0-rc.1", Bump::Major),
            ("2.0.0-rc.1", "2.0.0", Bump::Patch),
            ("0.1.0", "0.2.0", Bump::Minor),
            ("0.1.0", "0.1.1+x", Bump::Patch),
            ("1.2.0", "2.0.0", Bump::Major),
        ] {
            assert_eq!(
                Bump::between(&version(from), &version(to)),
                bump,
                "{from} to {to}"
            );
        }
    }

    fn any_version() -> impl Strategy<Value = String> {
        concat!(
            "(0|[1-9]|1[0-9])\\.(0|[1-9])\\.(0|[1-9])",
            "(-(0|[1-9][0-9]{0,3}|[a-zA-Z-]{1,3})(\\.(0|[1-9][0-9]?|[a-z-][a-z0-9-]{0,2})){0,2})?",
            "(\\+[a-zA-Z0-9-]{1,5}(\\.[0-9]{1,3})?)?",
        )
    }

    proptest! {
        #[test]
        fn a_version_reads_back_as_sent(text in any_version()) {
            let version = version(&text);
            prop_assert_eq!(version.to_string(), text.clone());
            let json = serde_json::to_string(&version).unwrap();
            prop_assert_eq!(serde_json::from_str::<Version>(&json).unwrap(), version);
        }

        #[test]
        fn any_text_is_a_version_or_an_error(text in "\\PC{0,20}|[0-9.]{0,60}|[0-9a-z.+-]{0,30}") {
            if let Ok(version) = Version::parse(&text) {
                prop_assert_eq!(version.as_str(), &text);
                prop_assert!(version.key().len() <= text.len());
            }
        }

        #[test]
        fn precedence_is_a_total_order_that_ignores_build(a in any_version(), b in any_version(), c in any_version()) {
            let (a, b, c) = (version(&a), version(&b), version(&c));
            prop_assert_eq!(a.cmp_precedence(&b), b.cmp_precedence(&a).reverse());
            if a.cmp_precedence(&b).is_le() && b.cmp_precedence(&c).is_le() {
                prop_assert!(a.cmp_precedence(&c).is_le());
            }
            prop_assert_eq!(a.cmp_precedence(&b).is_eq(), a.key() == b.key());
            prop_assert_eq!(a.cmp(&b).is_eq(), a == b);
            if a.cmp_precedence(&b).is_ne() {
                prop_assert_eq!(a.cmp(&b), a.cmp_precedence(&b));
            }
        }

        #[test]
        fn nothing_is_later_than_the_latest(texts in proptest::collection::vec(any_version(), 1..8)) {
            let versions: Vec<_> = texts.iter().map(|text| version(text)).collect();
            let latest = Version::latest(&versions).unwrap();
            for other in versions.iter().filter(|other| other.is_prerelease() == latest.is_prerelease()) {
                prop_assert!(other.cmp_precedence(latest).is_le());
            }
            prop_assert_eq!(latest.is_prerelease(), versions.iter().all(Version::is_prerelease));
        }
    }
}
