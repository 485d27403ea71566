use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// What a test sets, layer by layer.
#[derive(Default)]
struct Layers<'a> {
    file: &'a str,
    environment: &'a [(&'a str, &'a str)],
    flags: &'a [(&'static str, &'static str, &'a str)],
}

impl Layers<'_> {
    fn load(&self) -> (Result<Loaded, SettingsErrors>, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tank.toml");
        fs::write(&path, self.file).unwrap();
        let environment = self.environment.iter();
        let flags = self.flags.iter();
        let sources = Sources {
            file: (!self.file.is_empty()).then_some(path),
            environment: environment
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            flags: flags
                .map(|&(setting, flag, value)| Flag {
                    setting,
                    flag,
                    value: value.to_owned(),
                })
                .collect(),
        };
        (load(&sources), folder)
    }

    fn loaded(&self) -> Loaded {
        self.load().0.unwrap()
    }

    /// The texts of the errors, without the path of the file's folder.
    fn errors(&self) -> Vec<String> {
        let (loaded, folder) = self.load();
        let errors = match loaded {
            Ok(loaded) => loaded.check_serving().err(),
            Err(errors) => Some(errors),
        };
        let folder = format!("{}/", folder.path().display());
        let errors = errors.expect("nothing is wrong");
        let texts = errors.as_slice().iter();
        texts
            .map(|error| error.to_string().replace(&folder, ""))
            .collect()
    }
}

#[test]
fn nothing_set_is_loopback_and_a_folder_here() {
    let loaded = Layers::default().loaded();
    assert_eq!(loaded.check_serving(), Ok(()));
    let server = &loaded.settings.server;
    assert_eq!(server.listen.to_string(), "127.0.0.1:8470");
    assert_eq!(server.data, PathBuf::from("./tank-registry-data"));
    assert_eq!(server.public_url, None);
}

#[test]
fn a_later_layer_wins_and_leaves_the_rest() {
    let layers = Layers {
        file: "[server]\nlisten = \"127.0.0.1:1\"\ndata = \"file\"\npublic_url = \"http://file\"\n",
        environment: &[
            ("TANK_REGISTRY_SERVER__LISTEN", "127.0.0.1:2"),
            ("TANK_REGISTRY_SERVER__DATA", "environment"),
        ],
        flags: &[("server.listen", "--listen", "127.0.0.1:3")],
    };
    let loaded = layers.loaded();
    let server = &loaded.settings.server;
    assert_eq!(server.listen.port(), 3);
    assert_eq!(server.data, PathBuf::from("environment"));
    assert_eq!(server.public_url.as_ref().unwrap().as_str(), "http://file");
    assert_eq!(loaded.origin("server.listen"), &Origin::Flag("--listen"));
    let variable = Origin::Environment("TANK_REGISTRY_SERVER__DATA".to_owned());
    assert_eq!(loaded.origin("server.data"), &variable);
    assert!(matches!(
        loaded.origin("server.public_url"),
        Origin::File { line: 4, .. }
    ));
    assert_eq!(loaded.origin("log.level"), &Origin::Default);
}

#[test]
fn every_setting_can_be_given_by_its_variable() {
    for setting in TABLE {
        let value = match setting.name {
            "server.public_url" => "https://r.example".to_owned(),
            _ if setting.is_secret => "ab".repeat(32),
            _ => {
                // What has no default takes any text, or is a switch.
                let shown = setting.show(&Settings::default());
                let shown = shown.unwrap_or_else(|| "true".to_owned());
                shown.trim_matches('"').to_owned()
            }
        };
        let variable = setting.variable();
        let environment = [(variable.as_str(), value.as_str())];
        let layers = Layers {
            environment: &environment,
            ..Layers::default()
        };
        let origin = Origin::Environment(variable.clone());
        assert_eq!(layers.loaded().origin(setting.name), &origin);
    }
}

#[test]
fn variables_of_clients_and_orchestrators_are_no_settings() {
    let layers = Layers {
        environment: &[
            ("TANK_REGISTRY_URL", "http://elsewhere"),
            ("TANK_REGISTRY_PORT", "tcp://10.0.0.1:80"),
            ("TANK_REGISTRY_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("TANK_REGISTRY_SERVICE_HOST", "10.0.0.1"),
            ("TANK_REGISTRY_SERVER_SERVICE_HOST", "10.0.0.1"),
            ("TANK_REGISTRY_SERVER_SERVICE_PORT_HTTP", "80"),
            ("TANK_REGISTRY_SERVER_PORT", "tcp://10.0.0.1:80"),
            ("TANK_REGISTRY_S3_CACHE_PORT_80_TCP_ADDR", "10.0.0.1"),
            ("TANK_REGISTRY_LOGS_LEVEL", "x"),
            ("TANK_TOKEN", "x"),
            ("SERVER__LISTEN", "x"),
        ],
        ..Layers::default()
    };
    assert!(layers.load().0.is_ok());
}

#[test]
fn one_underscore_after_a_section_is_told_to_be_two() {
    let layers = Layers {
        environment: &[
            ("TANK_REGISTRY_LIMITS_FILES", "1"),
            ("TANK_REGISTRY_Limits_max_open_uploads", "1"),
            ("TANK_REGISTRY_S3_SECRET_ACCESS_KEY_FILE", "secret"),
            ("TANK_REGISTRY_LIMITS_FILE", "1"),
        ],
        ..Layers::default()
    };
    let expected = [
        ("LIMITS_FILES", "expected TANK_REGISTRY_LIMITS__FILES"),
        (
            "Limits_max_open_uploads",
            "expected TANK_REGISTRY_LIMITS__MAX_OPEN_UPLOADS",
        ),
        (
            "S3_SECRET_ACCESS_KEY_FILE",
            "expected TANK_REGISTRY_S3__SECRET_ACCESS_KEY_FILE",
        ),
        (
            "LIMITS_FILE",
            "expected two underscores after the section; did you mean limits.files?",
        ),
    ];
    let expected = expected.map(|(name, hint)| {
        format!(
            "environment variable TANK_REGISTRY_{name}: unknown setting TANK_REGISTRY_{name}: {hint}"
        )
    });
    assert_eq!(layers.errors(), expected);
}

#[test]
fn what_is_unknown_or_wrong_is_told_with_its_place_and_what_would_be_right() {
    let file = Layers {
        file: "[server]\nlisten = 8470\nlisen = \"a\"\n\n[limits]\nanonymous_per_hour = 0\nfiles = [1]\n[colour]\nx = 1\n",
        environment: &[
            ("TANK_REGISTRY_LIMITS__KEY_PER_DAY", "-1"),
            (
                "TANK_REGISTRY_LIMITS__TRUSTED_PROXIES",
                "10.0.0.1, 10.0.0.1/8",
            ),
            ("TANK_REGISTRY_SERVER__URL", "http://r"),
            ("TANK_REGISTRY_Server__DATA", "x"),
            ("TANK_REGISTRY_STORAGE__SIGNING_SECRET", "5ecre7"),
        ],
        flags: &[("server.public_url", "--public-url", "r.example")],
    };
    let expected = [
        "tank.toml:2: wrong value \"8470\" for setting server.listen: expected ADDRESS:PORT, such as 127.0.0.1:8470",
        "tank.toml:3: unknown setting server.lisen: did you mean server.listen?",
        "tank.toml:6: wrong value \"0\" for setting limits.anonymous_per_hour: expected a number from 1, or \"unlimited\"",
        "tank.toml:7: wrong value […] for setting limits.files: expected a number from 1 to 1000000",
        "tank.toml:9: unknown setting colour.x: the sections are server, limits, publish, scan, storage, s3, sqlite, log",
        "environment variable TANK_REGISTRY_Server__DATA: unknown setting TANK_REGISTRY_Server__DATA: expected TANK_REGISTRY_SERVER__DATA",
        "environment variable TANK_REGISTRY_LIMITS__KEY_PER_DAY: wrong value \"-1\" for setting limits.key_per_day: expected a number from 1, or \"unlimited\"",
        "environment variable TANK_REGISTRY_LIMITS__TRUSTED_PROXIES: wrong value \"10.0.0.1, 10.0.0.1/8\" for setting limits.trusted_proxies: expected addresses and networks separated by commas, such as \"10.0.0.0/8, 2001:db8::1\", or \"\" for none, without a bit set after a network's prefix",
        "environment variable TANK_REGISTRY_SERVER__URL: unknown setting server.url: [server] has listen, public_url, data, max_connections, header_timeout_seconds, body_timeout_seconds, shutdown_timeout_seconds",
        "environment variable TANK_REGISTRY_STORAGE__SIGNING_SECRET: wrong value for setting storage.signing_secret: expected 64 hexadecimal digits, as `openssl rand -hex 32` prints them",
        "flag --public-url: wrong value \"r.example\" for setting server.public_url: expected an http or https URL without query and fragment, such as https://registry.example.org",
    ];
    let mut errors = file.errors();
    let mut expected = expected.map(ToOwned::to_owned).to_vec();
    errors.sort();
    expected.sort();
    assert_eq!(errors, expected);
}

#[test]
fn a_key_outside_of_its_section_is_led_back_into_it() {
    let layers = Layers {
        file: "listen = \"127.0.0.1:1\"\n",
        ..Layers::default()
    };
    let expected = "tank.toml:1: unknown setting listen: did you mean server.listen?";
    assert_eq!(layers.errors(), [expected]);
}

#[test]
fn a_file_that_is_no_toml_or_not_there_is_refused() {
    let layers = Layers {
        file: "[server]\nlisten =\n",
        ..Layers::default()
    };
    let errors = layers.errors();
    assert!(
        errors[0].starts_with("tank.toml:2: expected TOML: "),
        "{errors:?}"
    );
    let sources = Sources {
        file: Some("/nowhere/tank.toml".into()),
        ..Sources::default()
    };
    let error = load(&sources).unwrap_err().to_string();
    let expected = "cannot read the configuration file /nowhere/tank.toml: ";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn others_may_reach_the_server_only_when_they_are_told_where() {
    let layers = Layers {
        flags: &[("server.listen", "--listen", "0.0.0.0:8470")],
        ..Layers::default()
    };
    let errors = layers.errors();
    let line = "\n    public_url = \"http://registry.example.org:8470\"\n";
    assert!(errors[0].starts_with("flag --listen: server.listen is 0.0.0.0:8470, "));
    assert!(errors[0].contains(line), "{errors:?}");
    let layers = Layers {
        flags: &[
            ("server.listen", "--listen", "0.0.0.0:8470"),
            ("server.public_url", "--public-url", "https://r.example"),
        ],
        ..Layers::default()
    };
    assert_eq!(layers.loaded().check_serving(), Ok(()));
    let layers = Layers {
        flags: &[("server.listen", "--listen", "[::1]:8470")],
        ..Layers::default()
    };
    assert_eq!(layers.loaded().check_serving(), Ok(()));
}

#[test]
fn memory_that_holds_no_archive_is_refused() {
    let layers = Layers {
        file: "[limits]\nconfirm_memory = \"100 MiB\"\n",
        ..Layers::default()
    };
    let expected = "tank.toml:2: wrong value \"100 MiB\" for setting limits.confirm_memory: expected at least \"150 MiB\", for one archive with limits.archive_bytes and twice limits.unpacked_bytes";
    assert_eq!(layers.errors(), [expected]);
}

#[test]
fn a_secret_may_be_in_a_file_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let secret = "0123456789abcdef".repeat(4);
    fs::write(&path, format!("{secret}\n")).unwrap();
    let path = path.to_str().unwrap();
    let variable = "TANK_REGISTRY_STORAGE__SIGNING_SECRET_FILE";
    let layers = Layers {
        environment: &[(variable, path)],
        ..Layers::default()
    };
    let loaded = layers.loaded();
    let held = loaded.settings.signing_secrets();
    assert_eq!(held, [SigningSecret::from_hex(&secret).unwrap()]);
    let document = loaded.document();
    assert!(!document.contains(&secret[..8]), "{document}");
    let line = format!("# signing_secret is set and not shown  # environment variable {variable}");
    assert!(document.contains(&line), "{document}");

    let twice = Layers {
        environment: &[
            (variable, path),
            ("TANK_REGISTRY_STORAGE__SIGNING_SECRET", &secret),
        ],
        ..Layers::default()
    };
    let errors = twice.errors();
    assert!(errors[0].ends_with("is given twice, as itself and as a file: keep one of them"));
    let missing = Layers {
        environment: &[(variable, "/nowhere/secret")],
        ..Layers::default()
    };
    let errors = missing.errors();
    let expected = format!(
        "environment variable {variable}: cannot read /nowhere/secret for setting storage.signing_secret_file: "
    );
    assert!(errors[0].starts_with(&expected), "{errors:?}");
}

#[test]
fn the_document_is_toml_that_means_the_same() {
    let layers = Layers {
        file: "[limits]\nanonymous_per_hour = \"unlimited\"\narchive_bytes = 1000\n[server]\ndata = \"a \\\"b\\\" \\\\c\"\n",
        ..Layers::default()
    };
    let document = layers.loaded().document();
    let again = Layers {
        file: &document,
        ..Layers::default()
    };
    let values = |loaded: &Loaded| -> Vec<Option<String>> {
        let shown = TABLE.iter().map(|setting| setting.show(&loaded.settings));
        shown.collect()
    };
    assert_eq!(values(&layers.loaded()), values(&again.loaded()));
}

#[test]
fn rust_log_is_the_level_where_the_setting_is_not_given() {
    let only = Layers {
        environment: &[("RUST_LOG", "debug")],
        ..Layers::default()
    };
    assert_eq!(only.loaded().settings.log.level, "debug");
    let both = Layers {
        environment: &[("TANK_REGISTRY_LOG__LEVEL", "error"), ("RUST_LOG", "debug")],
        ..Layers::default()
    };
    assert_eq!(both.loaded().settings.log.level, "error");
}

#[test]
fn a_misspelt_level_is_refused_wherever_it_stands() {
    let expected = "for setting log.level: expected error, warn, info, debug or trace, or directives such as info,tank_registry_core=debug";
    let layers = Layers {
        file: "[log]\nlevel = \"loud\"\n",
        environment: &[("RUST_LOG", "warning")],
        ..Layers::default()
    };
    let errors = [
        format!("tank.toml:2: wrong value \"loud\" {expected}"),
        format!("environment variable RUST_LOG: wrong value \"warning\" {expected}"),
    ];
    assert_eq!(layers.errors(), errors);
}

#[cfg(feature = "s3")]
#[test]
fn what_a_bucket_lacks_is_told_by_the_names_of_settings() {
    let settings = |more: &str| format!("[storage]\nkind = \"s3\"\n[s3]\n{more}");
    for (more, expected) in [
        (
            "prefix = \"a\"\n",
            "tank.toml:2: storage.kind is s3, but s3.bucket is not set: expected the name of a bucket",
        ),
        (
            "bucket = \"b\"\naccess_key_id = \"one\"\n",
            "tank.toml:5: s3.access_key_id is set, but s3.secret_access_key is not set: an access key has an id and a secret; expected both",
        ),
        (
            "bucket = \"b\"\nsecret_access_key = \"hidden\"\n",
            "tank.toml:5: s3.secret_access_key is set, but s3.access_key_id is not set: an access key has an id and a secret; expected both",
        ),
        (
            "bucket = \"b\"\nendpoint = \"http://store:9000\"\n",
            "tank.toml:5: wrong value for setting s3.endpoint, with storage.kind s3: `http://store:9000` is not encrypted; expected an https URL, or s3.allow_http = true",
        ),
    ] {
        let layers = Layers {
            file: &settings(more),
            ..Layers::default()
        };
        assert_eq!(layers.errors(), [expected]);
    }
}
