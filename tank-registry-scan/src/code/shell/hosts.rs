//! What a URL says about who answers.

use std::net::IpAddr;

use crate::hosts;

/// Vendors who document an installer that is piped into a shell: hosts, and for hosts that serve
/// everybody the beginning of the path.
const INSTALLERS: &[(&str, &str)] = &[
    ("ampcode.com", ""),
    ("app.factory.ai", ""),
    ("apt.llvm.org", ""),
    ("astral.sh", ""),
    ("atuin.sh", ""),
    ("awscli.amazonaws.com", ""),
    ("bootstrap.pypa.io", ""),
    ("bun.com", ""),
    ("bun.sh", ""),
    ("claude.ai", ""),
    ("cli.coderabbit.ai", ""),
    ("cli.doppler.com", ""),
    ("cli.github.com", ""),
    ("cli.inference.sh", ""),
    ("cli.moonbitlang.com", ""),
    ("cli.run.nu", ""),
    ("clickhouse.com", ""),
    ("cursor.com", ""),
    ("deb.nodesource.com", ""),
    ("deno.com", ""),
    ("deno.land", ""),
    ("dl.dagger.io", ""),
    ("dl.k8s.io", ""),
    ("dl.google.com", ""),
    ("dot.net", ""),
    ("dotnet.microsoft.com", ""),
    ("download.docker.com", ""),
    ("elixir-lang.org", ""),
    ("encore.dev", ""),
    ("fly.io", ""),
    ("fnm.vercel.app", ""),
    ("foundry.paradigm.xyz", ""),
    ("fury.io", ""),
    ("get.docker.com", ""),
    ("get.helm.sh", ""),
    ("get.jetify.com", ""),
    ("get.k3s.io", ""),
    ("get.modular.com", ""),
    ("get.nexte.st", ""),
    ("get.pnpm.io", ""),
    ("get.pulumi.com", ""),
    ("get.rvm.io", ""),
    ("get.scala-lang.org", ""),
    ("get.sdkman.io", ""),
    ("get.starkli.sh", ""),
    ("get.trivy.dev", ""),
    ("get.tur.so", ""),
    ("get.volta.sh", ""),
    ("goteleport.com", ""),
    ("hf.co", ""),
    ("hyperf.io", ""),
    ("install.determinate.systems", ""),
    ("install.duckdb.org", ""),
    ("install.meteor.com", ""),
    ("install.python-poetry.org", ""),
    ("just.systems", ""),
    ("kind.sigs.k8s.io", ""),
    ("k6.io", ""),
    ("k9scli.io", ""),
    ("kiro.dev", ""),
    ("micro.mamba.pm", ""),
    ("mise.jdx.dev", ""),
    ("mise.run", ""),
    ("neon.tech", ""),
    ("nixos.org", ""),
    ("ohmyposh.dev", ""),
    ("ollama.ai", ""),
    ("ollama.com", ""),
    ("openclaw.ai", ""),
    ("opencode.ai", ""),
    ("packagecloud.io", ""),
    ("packages.microsoft.com", ""),
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
    ("releases.hashicorp.com", ""),
    ("repo.anaconda.com", ""),
    ("rustup.rs", ""),
    ("sdk.cloud.google.com", ""),
    ("semgrep.dev", ""),
    ("sentry.io", ""),
    ("setup.vector.dev", ""),
    ("sh.brew.sh", ""),
    ("sh.rustup.rs", ""),
    ("sh.vector.dev", ""),
    ("starship.rs", ""),
    ("static.rust-lang.org", ""),
    ("supabase.com", ""),
    ("tailscale.com", ""),
    ("vercel.com", ""),
    ("wasmtime.dev", ""),
    ("win.rustup.rs", ""),
    ("x.ai", ""),
    ("zed.dev", ""),
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
            || crate::hosts::is_within(self.host, "local")
    }

    /// Whether anybody can collect there what is sent, without a name.
    pub(crate) fn is_drop(&self) -> bool {
        hosts::is_drop(self.host) || hosts::is_paste(self.host)
    }

    /// Whether nobody sees where it leads.
    pub(crate) fn is_short(&self) -> bool {
        hosts::is_shortener(self.host)
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
        hosts::is_documentation(self.host)
    }
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
    vendor.is_some_and(|(_, domains)| {
        !domains
            .iter()
            .any(|domain| crate::hosts::is_within(host, domain))
    })
}
