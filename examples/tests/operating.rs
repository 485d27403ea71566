//! `docs/operating.md` says what is so.

use std::fmt::Write as _;

use tank_registry_server::Settings;
use tank_registry_server::settings::TABLE;

const GUIDE: &str = include_str!("../../docs/operating.md");

/// The table of all settings, as the guide must show it.
fn settings() -> String {
    let defaults = Settings::default();
    let mut table = "| setting | default | takes | what it is |\n|---|---|---|---|\n".to_owned();
    for setting in TABLE {
        let default = setting.show(&defaults).filter(|_| !setting.is_secret);
        let default = default.map_or_else(|| "not set".to_owned(), |value| format!("`{value}`"));
        let (name, takes, about) = (setting.name, setting.expected, setting.about);
        let _ = writeln!(table, "| `{name}` | {default} | {takes} | {about} |");
    }
    table
}

const BEGIN: &str =
    "<!-- settings: checked against the server by examples/tests/operating.rs -->\n\n";
const END: &str = "\n<!-- end of settings -->";

/// With `TANK_TEST_UPDATE_DOCS` set, what the guide should say is also written into it.
#[test]
fn the_guide_lists_every_setting_with_its_default() {
    let (before, rest) = GUIDE.split_once(BEGIN).unwrap();
    let (listed, after) = rest.split_once(END).unwrap();
    let expected = settings();
    if listed != expected && std::env::var_os("TANK_TEST_UPDATE_DOCS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operating.md");
        std::fs::write(path, [before, BEGIN, &expected, END, after].concat()).unwrap();
    }
    assert_eq!(listed, expected, "the guide should say:\n{expected}");
}
