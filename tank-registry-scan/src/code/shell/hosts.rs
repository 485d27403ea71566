//! What a URL says about who answers.

use std::net::IpAddr;

/// Vendors who document an installer that is piped into a shell: hosts, and for hosts that serve
/// everybody the beginning of the path.
const INSTALLERS: &[(&str, &str)] = &[
    ("astral.sh", ""),
    ("atuin.sh", ""),
    ("bootstrap.pypa.io", ""),
    ("bun.com", ""),
    ("bun.sh", ""),
    ("claude.ai", ""),
    ("cli.doppler.com", ""),
    ("cli.github.com", ""),
    ("cli.moonbitlang.com", ""),
    ("cli.run.nu", ""),
    ("cursor.com", ""),
    ("deb.nodesource.com", ""),
    ("deno.land", ""),
    ("dl.google.com", ""),
    ("download.docker.com", ""),
    ("elixir-lang.org", ""),
    ("fly.io", ""),
    ("fnm.vercel.app", ""),
    ("foundry.paradigm.xyz", ""),
    ("fury.io", ""),
    ("get.docker.com", ""),
    ("get.helm.sh", ""),
    ("get.jetify.com", ""),
    ("get.k3s.io", ""),
    ("get.nexte.st", ""),
    ("get.pnpm.io", ""),
    ("get.pulumi.com", ""),
    ("get.rvm.io", ""),
    ("get.sdkman.io", ""),
    ("get.scala-lang.org", ""),
    ("get.starkli.sh", ""),
    ("get.volta.sh", ""),
    ("hf.co", ""),
    ("hyperf.io", ""),
    ("install.determinate.systems", ""),
    ("install.meteor.com", ""),
    ("install.python-poetry.org", ""),
    ("just.systems", ""),
    ("k6.io", ""),
    ("k9scli.io", ""),
    ("mise.jdx.dev", ""),
    ("mise.run", ""),
    ("nixos.org", ""),
    ("ohmyposh.dev", ""),
    ("ollama.ai", ""),
    ("ollama.com", ""),
    ("openclaw.ai", ""),
    ("opencode.ai", ""),
    ("packages.microsoft.com", ""),
    ("packagecloud.io", ""),
    ("pixi.sh", ""),
    ("pkgs.tailscale.com", ""),
    ("pkgx.sh", ""),
    ("pyenv.run", ""),
    ("railway.app", ""),
    ("railway.com", ""),
    ("raw.githubusercontent.com", "/Homebrew/install/"),
    ("raw.githubusercontent.com", "/creationix/nvm/"),
    ("raw.githubusercontent.com", "/helm/helm/"),
    ("raw.githubusercontent.com", "/k3d-io/k3d/"),
    ("raw.githubusercontent.com", "/nvm-sh/nvm/"),
    ("raw.githubusercontent.com", "/ohmyzsh/ohmyzsh/"),
    ("raw.githubusercontent.com", "/pypa/get-pip/"),
    ("release.anza.xyz", ""),
    ("release.solana.com", ""),
    ("rustup.rs", ""),
    ("sh.rustup.rs", ""),
    ("static.rust-lang.org", ""),
    ("sdk.cloud.google.com", ""),
    ("starship.rs", ""),
    ("sh.brew.sh", ""),
    ("supabase.com", ""),
    ("tailscale.com", ""),
    ("win.rustup.rs", ""),
    ("wasmtime.dev", ""),
];

/// Where anybody leaves a text, catches a request or hands over a file without a name.
const DROPS: &[&str] = &[
    "0x0.st",
    "anonfiles.com",
    "beeceptor.com",
    "bashupload.com",
    "bin.equinox.io",
    "burpcollaborator.net",
    "canarytokens.com",
    "catbox.moe",
    "controlc.com",
    "dpaste.com",
    "dpaste.org",
    "dnslog.cn",
    "dumpz.org",
    "file.io",
    "filebin.net",
    "ghostbin.com",
    "glot.io",
    "gofile.io",
    "hastebin.com",
    "hookb.in",
    "httpdump.app",
    "ibb.co",
    "interact.sh",
    "ix.io",
    "justpaste.it",
    "lhr.life",
    "localhost.run",
    "loca.lt",
    "mockbin.org",
    "ngrok-free.app",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "oast.fun",
    "oast.live",
    "oast.me",
    "oast.online",
    "oast.pro",
    "oast.site",
    "oastify.com",
    "paste.ee",
    "paste.rs",
    "pastebin.com",
    "pastebin.pl",
    "pipedream.net",
    "postb.in",
    "privatebin.net",
    "ptsv2.com",
    "ptsv3.com",
    "rentry.co",
    "rentry.org",
    "requestbin.com",
    "requestbin.net",
    "requestcatcher.com",
    "requestinspector.com",
    "requestrepo.com",
    "serveo.net",
    "sprunge.us",
    "temp.sh",
    "termbin.com",
    "tmpfiles.org",
    "transfer.sh",
    "trycloudflare.com",
    "uguu.se",
    "webhook-test.com",
    "webhook.cool",
    "webhook.site",
    "x0.at",
];

/// Where a short address leads is seen only by those who follow it.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
];

/// A URL, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Url<'t> {
    /// Lower case where it was written so; without port and user.
    pub(crate) host: &'t str,
    pub(crate) path: &'t str,
    /// Whether others on the way can change what is answered.
    pub(crate) plain: bool,
}

impl<'t> Url<'t> {
    /// Reads a URL, with or without scheme.
    pub(crate) fn read(url: &'t str) -> Self {
        let (plain, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (
                scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("ftp"),
                rest,
            ),
            None => (false, url),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = if host.starts_with('[') {
            host.split(']')
                .next()
                .unwrap_or(host)
                .trim_start_matches('[')
        } else {
            host.split(':').next().unwrap_or(host)
        };
        Self { host, path, plain }
    }

    /// Whether the host is an address of numbers that leads elsewhere.
    pub(crate) fn is_address(&self) -> bool {
        let number = self.host.parse::<IpAddr>().is_ok()
            || self.host.starts_with("0x") && self.host.len() > 6
            || self.host.len() >= 8 && self.host.bytes().all(|byte| byte.is_ascii_digit());
        number && !self.is_local()
    }

    /// Whether it is this machine, or one beside it.
    pub(crate) fn is_local(&self) -> bool {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return match address {
                IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified(),
                IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified(),
            };
        }
        matches!(self.host, "localhost" | "host.docker.internal")
            || self.host.ends_with(".localhost")
            || self.host.ends_with(".local")
    }

    /// Whether anybody can collect there what is sent, without a name.
    pub(crate) fn is_drop(&self) -> bool {
        DROPS.iter().any(|drop| within(self.host, drop))
    }

    /// Whether nobody sees where it leads.
    pub(crate) fn is_short(&self) -> bool {
        SHORTENERS.iter().any(|host| within(self.host, host))
    }

    /// Whether a vendor documents to install from there.
    pub(crate) fn is_installer(&self) -> bool {
        !self.plain
            && INSTALLERS.iter().any(|(host, path)| {
                self.host
                    .trim_start_matches("www.")
                    .eq_ignore_ascii_case(host)
                    && self.path.starts_with(path)
            })
    }

    /// Whether it is a file in somebody's repository or gist.
    pub(crate) fn is_repository(&self) -> bool {
        matches!(
            self.host,
            "github.com" | "raw.githubusercontent.com" | "gitlab.com" | "codeberg.org"
        )
    }

    /// Whether the name is one that documents use for any host: it belongs to nobody.
    pub(crate) fn is_example(&self) -> bool {
        [
            "example.com",
            "example.org",
            "example.net",
            "example",
            "test",
            "invalid",
        ]
        .iter()
        .any(|name| within(self.host, name))
    }
}

/// Whether a host is a domain or lies below it.
pub(crate) fn within(host: &str, domain: &str) -> bool {
    let Some(at) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    host.get(at..)
        .is_some_and(|end| end.eq_ignore_ascii_case(domain))
        && (at == 0 || host.as_bytes().get(at - 1) == Some(&b'.'))
}

/// Vendors whose keys have their name: beginnings of variables, and the domains that these keys are
/// for.
const VENDORS: &[(&str, &[&str])] = &[
    ("ANTHROPIC", &["anthropic.com", "claude.ai", "claude.com"]),
    ("AWS", &["amazonaws.com", "aws.amazon.com"]),
    (
        "AZURE",
        &[
            "azure.com",
            "azure.net",
            "windows.net",
            "microsoft.com",
            "microsoftonline.com",
        ],
    ),
    ("CLAUDE", &["anthropic.com", "claude.ai", "claude.com"]),
    ("CLOUDFLARE", &["cloudflare.com"]),
    ("DISCORD", &["discord.com", "discordapp.com"]),
    ("GEMINI", &["googleapis.com", "google.com"]),
    ("GH", &["github.com", "githubusercontent.com"]),
    ("GITHUB", &["github.com", "githubusercontent.com"]),
    ("GITLAB", &["gitlab.com"]),
    ("HF", &["huggingface.co", "hf.co"]),
    ("HUGGINGFACE", &["huggingface.co", "hf.co"]),
    ("NPM", &["npmjs.org", "npmjs.com"]),
    ("OPENAI", &["openai.com", "azure.com", "chatgpt.com"]),
    ("PYPI", &["pypi.org"]),
    ("SLACK", &["slack.com"]),
    ("SSH", &[]),
    ("STRIPE", &["stripe.com"]),
];

/// Whether a key that is named so belongs to some vendor and this host is not that vendor's.
pub(super) fn is_foreign(key: &str, host: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let vendor = VENDORS.iter().find(|(name, _)| {
        key.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    });
    vendor.is_some_and(|(_, domains)| !domains.iter().any(|domain| within(host, domain)))
}
