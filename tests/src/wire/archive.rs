//! Archives as a client packs them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

/// A manifest of name and version, public.
pub fn manifest(name: &str, version: &str) -> Value {
    json!({ "name": name, "version": version })
}

/// The smallest skill with this manifest.
pub fn skill_files(manifest: &Value) -> Vec<(String, Vec<u8>)> {
    vec![
        ("SKILL.md".to_owned(), b"# A skill\n".to_vec()),
        ("tank.json".to_owned(), manifest.to_string().into_bytes()),
    ]
}

/// Packs files into a gzipped tar.
pub fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, contents) in files {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(contents.len() as u64);
        tar.append_data(&mut header, path, contents.as_slice())
            .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

pub fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}
