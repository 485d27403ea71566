//! The table of all settings.

use std::fmt::{self, Debug};
use std::path::PathBuf;

use tank_registry_core::PublicUrl;
use tank_registry_core::blob::SigningSecret;
use tank_registry_core::http::TrustedProxies;

use super::parse::{
    bytes, bytes_or_none, log_filter, number, quota, quoted, seconds, show_bytes, show_quota,
    show_seconds, switch,
};
use super::{Hosts, LogFormat, Migrate, ScanGate, Settings, StorageKind};

/// One setting.
pub struct Setting {
    /// Section and key, `server.listen`.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it takes, to end a sentence that began with "expected".
    pub expected: &'static str,
    /// Whether its value must not be shown. It may then also be given as a file that holds it,
    /// under the same name with `_file`.
    pub is_secret: bool,
    pub(super) set: fn(&mut Settings, &str) -> Option<()>,
    pub(super) get: fn(&Settings) -> Option<String>,
}

impl Setting {
    /// What would be right, if the text is not.
    ///
    /// # Errors
    ///
    /// The sentence that says what is expected.
    pub fn check(&self, text: &str) -> Result<(), String> {
        (self.set)(&mut Settings::default(), text)
            .ok_or_else(|| format!("expected {}", self.expected))
    }

    /// Its value as TOML, or nothing where there is none. Not for secrets.
    pub fn show(&self, settings: &Settings) -> Option<String> {
        (self.get)(settings)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        let name = self.name.replace('.', "__").to_ascii_uppercase();
        format!("{}{name}", super::layers::PREFIX)
    }
}

impl Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The setting of this name.
pub fn setting(name: &str) -> Option<&'static Setting> {
    TABLE.iter().find(|setting| setting.name == name)
}

const QUOTA: &str = "a number from 1, or \"unlimited\"";
const SECONDS: &str = "a number of seconds from 1 to 86400";
const BYTES: &str = "a number of bytes from 1, such as 52428800 or \"50 MiB\"";
const BYTES_OR_NONE: &str = "a number of bytes, such as 67108864 or \"64 MiB\", or 0";
const SWITCH: &str = "true or false";
const SECRET: &str = "64 hexadecimal digits, as `openssl rand -hex 32` prints them";

macro_rules! table {
    ($($name:literal, $about:literal, $expected:expr, $secret:literal, $set:expr, $get:expr;)+) => {
        /// All settings, by section.
        pub const TABLE: &[Setting] = &[$(Setting {
            name: $name,
            about: $about,
            expected: $expected,
            is_secret: $secret,
            set: |settings, text| { $set(settings, text) },
            get: |settings| { $get(settings) },
        }),+];
    };
}

/// A function that reads a value into one field.
macro_rules! into {
    ($section:ident . $field:ident $(. $more:ident)?, $parse:expr) => {
        |settings: &mut Settings, text: &str| {
            settings.$section.$field$(.$more)? = $parse(text)?;
            Some(())
        }
    };
}

/// A function that shows one field.
macro_rules! from {
    ($section:ident . $field:ident $(. $more:ident)?, $show:expr) => {
        |settings: &Settings| Some($show(settings.$section.$field$(.$more)?.clone()))
    };
}

/// A function that reads one text of the bucket.
macro_rules! text {
    ($field:ident) => {
        into!(storage.s3.$field, |text: &str| (!text.is_empty())
            .then(|| Some(text.to_owned())))
    };
}

/// A function that shows one field of the bucket that may not be set.
macro_rules! show {
    ($field:ident, $show:expr) => {
        |settings: &Settings| settings.storage.s3.$field.as_ref().map($show)
    };
}

table! {
    "server.listen", "address and port to listen on; port 0 picks one",
        "ADDRESS:PORT, such as 127.0.0.1:8470", false,
        into!(server.listen, |text: &str| text.parse().ok()),
        from!(server.listen, |listen: std::net::SocketAddr| quoted(&listen.to_string()));
    "server.public_url", "where clients find the registry; follows the listen address when not set",
        "an http or https URL without query and fragment, such as https://registry.example.org", false,
        into!(server.public_url, |text: &str| PublicUrl::parse(text).ok().map(Some)),
        |settings: &Settings| settings.server.public_url.as_ref().map(|url| quoted(url.as_str()));
    "server.data", "folder of the database and the packages",
        "a folder", false,
        into!(server.data, |text: &str| (!text.is_empty()).then(|| PathBuf::from(text))),
        from!(server.data, |path: PathBuf| quoted(&path.to_string_lossy()));
    "server.max_connections", "connections at one time; further ones wait",
        "a number from 1 to 1000000", false,
        into!(server.max_connections, |text| number(text, 1, 1_000_000)),
        from!(server.max_connections, |number: u32| number.to_string());
    "server.header_timeout_seconds", "how long a request's head may take, and a connection may idle",
        SECONDS, false,
        into!(server.header_timeout, seconds), from!(server.header_timeout, show_seconds);
    "server.body_timeout_seconds", "how long a body may pause between two pieces",
        SECONDS, false,
        into!(server.body_timeout, seconds), from!(server.body_timeout, show_seconds);
    "server.shutdown_timeout_seconds", "how long running requests may take to end at shutdown",
        SECONDS, false,
        into!(server.shutdown_timeout, seconds), from!(server.shutdown_timeout, show_seconds);

    "limits.anonymous_per_hour", "requests an hour for an address without a valid key",
        QUOTA, false,
        into!(limits.anonymous_per_hour, |text| quota(text).ok()), from!(limits.anonymous_per_hour, show_quota);
    "limits.key_per_day", "requests a day for keys created without a number of their own",
        QUOTA, false,
        into!(limits.key_per_day, |text| quota(text).ok()), from!(limits.key_per_day, show_quota);
    "limits.anonymous_scans_per_hour", "scans an hour for an address without a valid key",
        QUOTA, false,
        into!(limits.anonymous_scans_per_hour, |text| quota(text).ok()),
        from!(limits.anonymous_scans_per_hour, show_quota);
    "limits.scans_per_hour", "scans an hour for a user",
        QUOTA, false,
        into!(limits.scans_per_hour, |text| quota(text).ok()), from!(limits.scans_per_hour, show_quota);
    "limits.failed_authentications_per_minute", "requests a minute for an address with unknown keys, where a key is needed",
        QUOTA, false,
        into!(limits.failed_authentications_per_minute, |text| quota(text).ok()),
        from!(limits.failed_authentications_per_minute, show_quota);
    "limits.trusted_proxies", "proxies whose X-Forwarded-For tells the address of a client; X-Forwarded-Host and X-Forwarded-Proto are never believed, server.public_url is",
        "addresses and networks separated by commas, such as \"10.0.0.0/8, 2001:db8::1\", or \"\" for none, without a bit set after a network's prefix", false,
        into!(limits.trusted_proxies, |text| TrustedProxies::parse(text).ok()),
        from!(limits.trusted_proxies, |proxies: TrustedProxies| quoted(&proxies.to_string()));
    "limits.archive_bytes", "size of an archive",
        BYTES, false,
        into!(limits.archive_bytes, bytes), from!(limits.archive_bytes, show_bytes);
    "limits.unpacked_bytes", "size of all files in an archive",
        BYTES, false,
        into!(limits.unpacked_bytes, bytes), from!(limits.unpacked_bytes, show_bytes);
    "limits.files", "files in an archive",
        "a number from 1 to 1000000", false,
        into!(limits.files, |text| number(text, 1, 1_000_000)),
        from!(limits.files, |number: usize| number.to_string());
    "limits.versions", "versions of a skill",
        "a number from 1 to 1000000", false,
        into!(limits.versions, |text| number(text, 1, 1_000_000)),
        from!(limits.versions, |number: usize| number.to_string());
    "limits.max_open_uploads", "open upload sessions of a user",
        "a number from 1", false,
        into!(limits.max_open_uploads, |text| number(text, 1, u32::MAX)),
        from!(limits.max_open_uploads, |number: u32| number.to_string());
    "limits.max_staged_bytes", "size of all open uploads of a user",
        BYTES, false,
        into!(limits.max_staged_bytes, bytes), from!(limits.max_staged_bytes, show_bytes);
    "limits.upload_lifetime_seconds", "how long an upload session stays open",
        SECONDS, false,
        into!(limits.upload_lifetime, seconds), from!(limits.upload_lifetime, show_seconds);
    "limits.confirm_memory", "memory that all confirms running at one time share",
        BYTES, false,
        into!(limits.confirm_memory, bytes), from!(limits.confirm_memory, show_bytes);
    "limits.cache_memory", "memory for what was read of the database and for answers made of it; 0 keeps nothing",
        BYTES_OR_NONE, false,
        into!(limits.cache_memory, bytes_or_none), from!(limits.cache_memory, show_bytes);
    "limits.archive_cache_memory", "memory for small archives; 0 keeps none",
        BYTES_OR_NONE, false,
        into!(limits.archive_cache_memory, bytes_or_none), from!(limits.archive_cache_memory, show_bytes);

    "publish.require_scope", "whether a name without a scope is refused",
        "true or false", false,
        into!(publish.require_scope, switch), from!(publish.require_scope, |on: bool| on.to_string());

    "scan.gate", "what a scan decides: quarantine holds bad versions back, report shows what was found, off scans nothing",
        "quarantine, report or off", false,
        into!(scan.gate, |text: &str| match text {
            "quarantine" => Some(ScanGate::Quarantine),
            "report" => Some(ScanGate::Report),
            "off" => Some(ScanGate::Off),
            _ => None,
        }),
        from!(scan.gate, |gate| quoted(match gate {
            ScanGate::Quarantine => "quarantine",
            ScanGate::Report => "report",
            ScanGate::Off => "off",
        }));
    "scan.hold", "the mildest verdict that quarantine holds back",
        "flagged or fail", false,
        into!(scan.hold_flagged, |text: &str| match text {
            "flagged" => Some(true),
            "fail" => Some(false),
            _ => None,
        }),
        from!(scan.hold_flagged, |flagged| quoted(if flagged { "flagged" } else { "fail" }));
    "scan.rules", "a TOML file that changes the rules: off, severities, allowed_hosts, allowed_packages, patterns",
        "a file", false,
        into!(scan.rules, |text: &str| (!text.is_empty()).then(|| Some(PathBuf::from(text)))),
        |settings: &Settings| settings.scan.rules.as_ref().map(|path| quoted(&path.to_string_lossy()));
    "scan.fetch", "whether a package elsewhere is fetched, for anyone who wants it scanned by its URL",
        SWITCH, false,
        into!(scan.fetch, switch), from!(scan.fetch, |on: bool| on.to_string());
    "scan.fetch_hosts", "hosts that it may be fetched from, and redirected to",
        "names of hosts separated by commas, such as \"github.com, codeload.github.com\"", false,
        into!(scan.fetch_hosts, Hosts::parse),
        from!(scan.fetch_hosts, |hosts: Hosts| quoted(&hosts.to_string()));

    "storage.kind", "where packages are kept: in the data folder, or in a bucket",
        "local or s3", false,
        into!(storage.kind, |text: &str| match text {
            "local" => Some(StorageKind::Local),
            "s3" => Some(StorageKind::S3),
            _ => None,
        }),
        from!(storage.kind, |kind| quoted(match kind {
            StorageKind::Local => "local",
            StorageKind::S3 => "s3",
        }));
    "storage.signing_secret", "signs links, instead of the secret made at the first start",
        SECRET, true,
        into!(storage.signing_secret, |text| SigningSecret::from_hex(text).map(Some)),
        |settings: &Settings| settings.storage.signing_secret.as_ref().map(|_| String::new());
    "storage.previous_signing_secret", "still verifies links that it signed",
        SECRET, true,
        into!(storage.previous_signing_secret, |text| SigningSecret::from_hex(text).map(Some)),
        |settings: &Settings| settings.storage.previous_signing_secret.as_ref().map(|_| String::new());

    "s3.bucket", "name of the bucket",
        "a name", false,
        text!(bucket), show!(bucket, |text: &String| quoted(text));
    "s3.region", "where the bucket lies; AWS_REGION when not set, else us-east-1",
        "the name of a region, such as eu-central-1", false,
        text!(region), show!(region, |text: &String| quoted(text));
    "s3.endpoint", "URL of a store other than Amazon's, without the bucket",
        "an https URL, or an http one with s3.allow_http", false,
        text!(endpoint), show!(endpoint, |text: &String| quoted(text));
    "s3.prefix", "what the names of all objects begin with",
        "parts between slashes, such as registry/one", false,
        text!(prefix), show!(prefix, |text: &String| quoted(text));
    "s3.path_style", "whether the bucket stands in a URL's path rather than in its host; when not set, with an endpoint only",
        SWITCH, false,
        into!(storage.s3.path_style, |text| switch(text).map(Some)),
        show!(path_style, bool::to_string);
    "s3.allow_http", "whether the endpoint may be http, for others to read and change",
        SWITCH, false,
        into!(storage.s3.allow_http, switch), from!(storage.s3.allow_http, |on: bool| on.to_string());
    "s3.access_key_id", "id of an access key; the AWS environment or the machine's role when not set",
        "the id of an access key", false,
        text!(access_key_id), show!(access_key_id, |text: &String| quoted(text));
    "s3.secret_access_key", "secret of the access key",
        "the secret of an access key", true,
        text!(secret_access_key), show!(secret_access_key, |_| String::new());
    "s3.presigned_uploads", "whether publishers send archives to the bucket themselves",
        SWITCH, false,
        into!(storage.s3.presigned_uploads, switch),
        from!(storage.s3.presigned_uploads, |on: bool| on.to_string());
    "s3.presigned_downloads", "whether clients fetch archives from the bucket themselves",
        SWITCH, false,
        into!(storage.s3.presigned_downloads, switch),
        from!(storage.s3.presigned_downloads, |on: bool| on.to_string());

    "sqlite.migrate", "what a start does to a database of an earlier release",
        "auto or check", false,
        into!(sqlite.migrate, |text: &str| match text {
            "auto" => Some(Migrate::Auto),
            "check" => Some(Migrate::Check),
            _ => None,
        }),
        from!(sqlite.migrate, |migrate| quoted(match migrate {
            Migrate::Auto => "auto",
            Migrate::Check => "check",
        }));
    "sqlite.readers", "threads that read the database",
        "a number from 1 to 64", false,
        into!(sqlite.readers, |text| number(text, 1, 64)),
        from!(sqlite.readers, |number: usize| number.to_string());

    "log.format", "how a line of the log looks",
        "text or json", false,
        into!(log.format, |text: &str| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        }),
        from!(log.format, |format| quoted(match format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }));
    "log.level", "what is logged; RUST_LOG sets it too",
        "error, warn, info, debug or trace, or directives such as info,tank_registry_core=debug", false,
        into!(log.level, log_filter),
        from!(log.level, |level: String| quoted(&level));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_setting_shows_it_also_takes() {
        let settings = Settings::default();
        for setting in TABLE {
            if let Some(shown) = setting.show(&settings) {
                let value: toml::Table = format!("value = {shown}").parse().unwrap();
                let text = match &value["value"] {
                    toml::Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                assert_eq!(setting.check(&text), Ok(()), "{}", setting.name);
            }
        }
    }
}
