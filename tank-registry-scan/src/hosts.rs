//! What a host says about where data goes.

/// Where anybody can collect what others send, without a name that stays.
const DROPS: &[&str] = &[
    "webhook.site",
    "requestbin.com",
    "requestbin.net",
    "requestcatcher.com",
    "pipedream.net",
    "pipedream.com",
    "interact.sh",
    "interactsh.com",
    "oast.fun",
    "oast.me",
    "oast.pro",
    "oast.live",
    "oast.site",
    "oast.online",
    "burpcollaborator.net",
    "oastify.com",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "ngrok.dev",
    "trycloudflare.com",
    "loca.lt",
    "localhost.run",
    "serveo.net",
    "beeceptor.com",
    "hookbin.com",
    "mockbin.org",
    "emailhook.site",
    "canarytokens.com",
    "dnslog.cn",
    "ceye.io",
    "requestinspector.com",
    "webhookinbox.com",
    "putsreq.com",
    "postb.in",
    "ptsv2.com",
    "ptsv3.com",
    "smee.io",
    "typedwebhook.tools",
    "webhook.cool",
    "bore.pub",
    "telebit.io",
    "pagekite.me",
];

/// Where anybody can leave a file or a text for others.
const PASTES: &[&str] = &[
    "pastebin.com",
    "glot.io",
    "rentry.co",
    "rentry.org",
    "hastebin.com",
    "paste.ee",
    "paste.rs",
    "dpaste.com",
    "dpaste.org",
    "ghostbin.com",
    "controlc.com",
    "0x0.st",
    "ix.io",
    "sprunge.us",
    "termbin.com",
    "p.ip.fi",
    "privatebin.net",
    "justpaste.it",
    "paste.debian.net",
    "transfer.sh",
    "file.io",
    "anonfiles.com",
    "gofile.io",
    "temp.sh",
    "tmpfiles.org",
    "catbox.moe",
    "bashupload.com",
    "oshi.at",
    "filebin.net",
    "uguu.se",
    "pixeldrain.com",
    "mediafire.com",
    "mega.nz",
    "telegra.ph",
    "pastes.io",
    "snippet.host",
    "bpa.st",
    "textbin.net",
    "wormhole.app",
    "we.tl",
    "krakenfiles.com",
];

/// Where an address says nothing of where it leads.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "tinyurl.com",
    "t.co",
    "goo.gl",
    "is.gd",
    "v.gd",
    "cutt.ly",
    "rb.gy",
    "shorturl.at",
    "ow.ly",
    "rebrand.ly",
    "tiny.cc",
    "t.ly",
    "s.id",
    "shorte.st",
    "adf.ly",
    "lnkd.in",
];

fn is_or_under(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| is_within(host, domain))
}

/// Whether a host is a domain or below it, whatever the case.
pub(crate) fn is_within(host: &str, domain: &str) -> bool {
    let Some(at) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    host.get(at..)
        .is_some_and(|end| end.eq_ignore_ascii_case(domain))
        && (at == 0 || host.as_bytes().get(at - 1) == Some(&b'.'))
}

/// A collector of requests, or a tunnel to somebody's machine.
pub(crate) fn is_drop(host: &str) -> bool {
    is_or_under(host, DROPS)
}

/// A site where anybody leaves texts or files.
pub(crate) fn is_paste(host: &str) -> bool {
    is_or_under(host, PASTES)
}

/// A shortener of addresses.
pub(crate) fn is_shortener(host: &str) -> bool {
    is_or_under(host, SHORTENERS)
}

/// An address in numbers that is not of a private network.
pub(crate) fn is_bare_ip(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<std::net::IpAddr>().is_ok() && !is_local(host)
}

/// This machine, a private network, or a name that cannot be elsewhere.
pub(crate) fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(std::net::IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local()
        }
        Err(_) => is_or_under(
            bare,
            &["localhost", "local", "internal", "lan", "home.arpa"],
        ),
    }
}

/// A name or an address set apart for documentation (RFC 2606, RFC 5737).
pub(crate) fn is_documentation(host: &str) -> bool {
    is_or_under(
        host,
        &[
            "example.com",
            "example.net",
            "example.org",
            "example",
            "test",
            "invalid",
        ],
    ) || ["192.0.2.", "198.51.100.", "203.0.113."]
        .iter()
        .any(|net| host.starts_with(net))
}

/// Whether a declared host, `*.host` or `*` covers a host.
pub(crate) fn covers(pattern: &str, host: &str) -> bool {
    let pattern = pattern.trim().to_ascii_lowercase();
    let pattern = pattern
        .strip_prefix("https://")
        .or_else(|| pattern.strip_prefix("http://"))
        .unwrap_or(&pattern);
    let pattern = pattern.split(['/', ':']).next().unwrap_or(pattern);
    pattern == "*"
        || pattern == host
        || pattern
            .strip_prefix("*.")
            .is_some_and(|domain| is_or_under(host, &[domain]) && host != domain)
}

/// The label that people know a host by: `stripe` of `api.stripe.com`, `bbc` of `www.bbc.co.uk`.
pub(crate) fn brand(host: &str) -> &str {
    let labels: Vec<&str> = host.split('.').collect();
    let second_level = |label: &str| matches!(label, "co" | "com" | "org" | "net" | "gov" | "ac");
    match labels.as_slice() {
        [.., brand, second, country] if country.len() == 2 && second_level(second) => brand,
        [.., brand, _] => brand,
        [only] => only,
        [] => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_tell_what_they_are() {
        assert!(is_drop("abc.ngrok-free.app") && !is_drop("notngrok-free.app.example"));
        assert!(is_paste("pastebin.com") && is_shortener("bit.ly"));
        assert!(is_bare_ip("91.92.4.1") && !is_bare_ip("10.0.0.1") && !is_bare_ip("a.example"));
        assert!(is_local("localhost") && is_local("127.0.0.1") && !is_local("example.com"));
        assert_eq!(
            (brand("api.stripe.com"), brand("www.bbc.co.uk")),
            ("stripe", "bbc")
        );
        assert!(covers("*.acme.com", "api.acme.com") && !covers("*.acme.com", "acme.com"));
        assert!(covers("acme.com", "acme.com") && covers("*", "x.example"));
    }
}
