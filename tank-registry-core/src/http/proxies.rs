//! Whose word about a client's address is taken.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies before a registry, by address or network: when one of them asks, the client is
/// whom it names last in `X-Forwarded-For`. `Default` is none.
///
/// Each proxy appends the address that it was called from. So the list is read from its right end,
/// on to the left for as long as the entries are trusted proxies themselves, and never beyond an
/// entry that is no address: what stands further left, anybody may have written. What a peer that
/// is no trusted proxy says is not read at all. No other header of a proxy is believed:
/// `X-Forwarded-Host` and `X-Forwarded-Proto` never change where links lead, that is the
/// [`PublicUrl`](crate::PublicUrl)'s alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// The text is no list of addresses and networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an IP address or a network such as 10.0.0.0/8, with no bit set after its prefix, not {0:?}"
)]
pub struct TrustedProxiesError(String);

impl TrustedProxies {
    /// Reads addresses and networks separated by commas, `10.0.0.0/8, 2001:db8::1`; an empty text
    /// is none.
    ///
    /// # Errors
    ///
    /// When one of them is neither.
    pub fn parse(text: &str) -> Result<Self, TrustedProxiesError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        text.split(',')
            .map(|entry| {
                let entry = entry.trim();
                network(entry).ok_or_else(|| TrustedProxiesError(entry.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who is behind a connection from `peer`.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let entries = lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
        for entry in entries {
            if !self.contains(client) {
                break;
            }
            // Not line by line: what is no text may be the client's, the rest still is a proxy's.
            match std::str::from_utf8(entry).ok().and_then(address) {
                Some(address) => client = address,
                None => break,
            }
        }
        client
    }
}

/// Several lists as one text, which [`parse`](TrustedProxies::parse) reads back.
impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{network}")?;
        }
        Ok(())
    }
}

/// A network whose IPv4 addresses are not written as IPv6.
fn network(text: &str) -> Option<IpNet> {
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()?;
    if network != network.trunc() {
        return None;
    }
    let IpNet::V6(mapped) = network else {
        return Some(network);
    };
    let inner = mapped.addr().to_ipv4_mapped();
    let length = mapped.prefix_len().checked_sub(96);
    match inner.zip(length) {
        Some((inner, length)) => Ipv4Net::new(inner, length).ok().map(IpNet::V4),
        None => Some(network),
    }
}

/// An address as proxies write it: bare, or with a port, or in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let bare = entry
        .strip_prefix('[')
        .and_then(|entry| entry.strip_suffix(']'))
        .filter(|entry| entry.contains(':'))
        .unwrap_or(entry);
    bare.parse()
        .or_else(|_| entry.parse().map(|address: SocketAddr| address.ip()))
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn proxies(text: &str) -> TrustedProxies {
        TrustedProxies::parse(text).unwrap()
    }

    fn client(proxies: &TrustedProxies, peer: &str, lines: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_list_holds_addresses_and_networks_and_is_read_back() {
        let text = "10.0.0.0/8, 192.0.2.1/32, 2001:db8::/32, ::1/128";
        assert_eq!(proxies(text).to_string(), text);
        assert_eq!(
            proxies("192.0.2.1,::1").to_string(),
            "192.0.2.1/32, ::1/128"
        );
        assert_eq!(proxies(" "), TrustedProxies::default());
        assert_eq!(TrustedProxies::default().to_string(), "");
        // IPv4 in the clothes of IPv6 is IPv4; a wider network of IPv6 is not.
        assert_eq!(proxies("::ffff:10.0.0.0/104").to_string(), "10.0.0.0/8");
        assert_eq!(proxies("::/0").to_string(), "::/0");
        for wrong in [
            "10.0.0.1/8",
            "proxy.example",
            "10.0.0.0/33",
            "10.0.0.1,",
            "10.0.0.1:80",
        ] {
            assert!(TrustedProxies::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_trusted_peer_is_believed() {
        let of = |peer| client(&proxies("10.0.0.0/8"), peer, &[b"192.0.2.1"]);
        assert_eq!(of("10.1.2.3"), "192.0.2.1");
        assert_eq!(of("::ffff:10.1.2.3"), "192.0.2.1");
        assert_eq!(of("11.0.0.1"), "11.0.0.1");
        assert_eq!(of("::10.1.2.3"), "::a01:203");
        let nobody = client(&TrustedProxies::default(), "10.1.2.3", &[b"192.0.2.1"]);
        assert_eq!(nobody, "10.1.2.3");
    }

    #[test]
    fn the_list_is_read_from_the_right_through_trusted_proxies() {
        let of = |lines: &[&[u8]]| client(&proxies("10.0.0.0/8"), "10.0.0.1", lines);
        assert_eq!(of(&[]), "10.0.0.1");
        assert_eq!(of(&[b"198.51.100.1, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(of(&[b"198.51.100.1, 192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        // Several lines are one list.
        assert_eq!(
            of(&[b"198.51.100.1", b"192.0.2.1,10.0.0.3", b"10.0.0.2"]),
            "192.0.2.1"
        );
        assert_eq!(of(&[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_walk() {
        let of = |line: &[u8]| client(&proxies("10.0.0.0/8"), "10.0.0.1", &[line]);
        for garbage in [
            "unknown",
            "",
            "192.0.2",
            "192.0.2.1:x",
            "[192.0.2.1]",
            "fe80::1%eth0",
        ] {
            assert_eq!(of(garbage.as_bytes()), "10.0.0.1", "{garbage}");
            let behind = format!("192.0.2.1,{garbage}, 10.0.0.2");
            assert_eq!(of(behind.as_bytes()), "10.0.0.2", "{garbage}");
            let before = format!("{garbage},192.0.2.1");
            assert_eq!(of(before.as_bytes()), "192.0.2.1", "{garbage}");
        }
        assert_eq!(of(b"\xff\xfe, 192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn ports_and_brackets_are_left_out_and_ipv4_is_ipv4() {
        let of = |line| client(&proxies("::1"), "::1", &[line]);
        assert_eq!(of(b"192.0.2.1:4711"), "192.0.2.1");
        assert_eq!(of(b"\t2001:db8::1 "), "2001:db8::1");
        assert_eq!(of(b"[2001:db8::1]"), "2001:db8::1");
        assert_eq!(of(b"[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(of(b"::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(of(b"[::ffff:192.0.2.1]:80"), "192.0.2.1");
    }

    proptest! {
        #[test]
        fn whatever_a_client_writes_the_entry_of_the_proxy_decides(
            forged in proptest::collection::vec("[ -~]{0,40}", 0..4),
        ) {
            let mut lines: Vec<&[u8]> = forged.iter().map(String::as_bytes).collect();
            lines.push(b"192.0.2.1");
            prop_assert_eq!(client(&proxies("10.0.0.0/8"), "10.0.0.1", &lines), "192.0.2.1");
        }
    }
}
