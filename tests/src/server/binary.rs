//! Where the program under test is; it is built before it is first used.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const NAME: &str = "tank-registry-server";

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder that cargo builds in.
pub fn target_folder() -> PathBuf {
    profile_folder().parent().unwrap().to_owned()
}

/// `target/debug`, where this test is in `target/debug/deps`.
fn profile_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    assert!(
        folder.ends_with("deps"),
        "{} is not where cargo puts tests",
        test.display()
    );
    folder.parent().unwrap().to_owned()
}

/// The server's program, built from the sources as they are now.
pub fn server_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let folder = profile_folder();
        let profile = match folder.file_name().and_then(|name| name.to_str()).unwrap() {
            "debug" => "dev",
            other => other,
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .current_dir(workspace())
            .args(["build", "--quiet", "--package", NAME, "--bin", NAME])
            .args(["--profile", profile, "--target-dir"])
            .arg(target_folder())
            .status();
        assert!(
            built.unwrap().success(),
            "the server could not be built, see above"
        );
        folder.join(NAME)
    })
}
