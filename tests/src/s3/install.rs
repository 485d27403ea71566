//! Programs from the registries of packages, installed once into cargo's folder. Of several test
//! programs that need one, the first installs it and the others wait.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::{done, python_with, target_folder};

/// Later releases need a later compiler.
const S3S_FS: &str = "0.14.1";
const MOTO: &str = "moto[server]==5.2.*";

pub(super) fn s3s_fs() -> PathBuf {
    let folder = target_folder().join(format!("s3s-fs-{S3S_FS}"));
    let program = folder.join("bin/s3s-fs");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    // Cargo puts it there as the last thing it does, and whole.
    if !program.exists() {
        build(&folder);
    }
    program
}

/// Minutes, of which all are the compiler's.
fn build(folder: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let objects = folder.join("build");
    let mut install = Command::new(cargo);
    install
        .args(["install", "--quiet", "--locked", "--features", "binary"])
        .args(["--version", S3S_FS, "s3s-fs", "--root"])
        .arg(folder)
        .arg("--target-dir")
        .arg(&objects)
        // The workspace's own settings and toolchain file are not for it.
        .current_dir(folder);
    done(&mut install);
    fs::remove_dir_all(objects).unwrap();
}

pub(super) fn moto() -> PathBuf {
    let python = python_with("moto", MOTO);
    python.parent().unwrap().join("moto_server")
}
