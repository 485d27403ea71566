//! The harness works: every group has its rows, and the table comes out in all its forms. How fast
//! anything is is not asked here.

use std::fs;
use std::process::Command;

use serde_json::Value;

const PAGE: &str = "# Benchmarks\n\n<!-- table -->\n<!-- end of table -->\n";

#[test]
fn a_quick_run_fills_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("page.md"), PAGE).unwrap();

    let ran = Command::new(env!("CARGO_BIN_EXE_tank-registry-benches"))
        .args(["--quick", "--skills", "60,200", "--json"])
        .arg(file("table.json"))
        .arg("--markdown")
        .arg(file("page.md"))
        .arg("--charts")
        .arg(file("charts"))
        .arg("--data")
        .arg(folder.path())
        .arg("--counted")
        .arg(env!("CARGO_BIN_EXE_tank-registry-benches-counted"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");

    let table: Value = serde_json::from_slice(&fs::read(file("table.json")).unwrap()).unwrap();
    let rows = table["rows"].as_array().unwrap();
    for row in rows {
        // Memory may be given back faster than it is taken.
        let measured = row["measured"].as_f64();
        assert!(measured.is_some_and(|figure| figure >= 0.0), "{row}");
    }
    let of_group = |group: &str| rows.iter().filter(|row| row["group"] == group).count();
    let groups = [
        ("reads", 15),
        ("downloads", 5),
        ("search", 30),
        ("publish", 3),
        ("confirm", 1),
        ("memory", 3),
        ("start", 2),
    ];
    for (group, count) in groups {
        assert_eq!(of_group(group), count, "{group}");
    }

    let printed = String::from_utf8(ran.stdout).unwrap();
    let page = fs::read_to_string(file("page.md")).unwrap();
    for row in rows {
        let name = row["name"].as_str().unwrap();
        assert!(printed.contains(name), "{name} was not printed");
        assert!(page.contains(name), "{name} is not in the page");
    }
    assert!(file("charts").join("speed.svg").is_file());
    assert!(file("charts").join("search.svg").is_file());
}

#[test]
fn a_group_that_does_not_exist_is_refused() {
    let ran = Command::new(env!("CARGO_BIN_EXE_tank-registry-benches"))
        .args(["--quick", "--only", "nothing"])
        .output()
        .unwrap();
    assert!(!ran.status.success());
    assert!(String::from_utf8_lossy(&ran.stderr).contains("`--only` names none of"));
}
