//! Hosts that may be asked for what a URL leads to.

use std::fmt;

/// Names of hosts, each exactly as it stands: none covers the names below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Reads names separated by commas; at least one. `None` where one is no name, such as an
    /// address.
    pub fn parse(text: &str) -> Option<Self> {
        let names = text.split(',').map(|name| {
            let name = name.trim().to_ascii_lowercase();
            is_name(&name).then_some(name)
        });
        names.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a host is one of them.
    pub fn contains(&self, host: &str) -> bool {
        self.0.iter().any(|name| name == host)
    }
}

/// A name of at least two parts whose last one is not all digits, as an address of IPv4 ends.
fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty() && part.len() <= 63 && part.bytes().all(fits)
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(is_part)
        && last.starts_with(|first: char| first.is_ascii_lowercase())
}

impl Default for Hosts {
    /// Where skills are published.
    fn default() -> Self {
        let names = [
            "github.com",
            "codeload.github.com",
            "raw.githubusercontent.com",
            "api.github.com",
            "registry.npmjs.org",
            "ghcr.io",
            "skills.sh",
            "clawhub.ai",
            "agentskills.co.il",
        ];
        Self(names.map(ToOwned::to_owned).to_vec())
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn hosts_are_names_and_stand_for_themselves_alone() {
        let hosts = Hosts::parse(" GitHub.com, example.org").unwrap();
        assert_eq!(hosts.to_string(), "github.com, example.org");
        assert!(hosts.contains("github.com"));
        assert!(!hosts.contains("api.github.com"));
        for wrong in [
            "",
            ",",
            "a.b,",
            "localhost",
            "10.0.0.1",
            "[::1]",
            "*.a.org",
            "a.org:443",
            "a..org",
            "https://a.org",
            "a.org/b",
            "a.0x7f",
        ] {
            assert_eq!(Hosts::parse(wrong), None, "{wrong}");
        }
    }
}
