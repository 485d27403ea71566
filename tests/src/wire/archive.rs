//! Archives as a client packs them.

use std::io::Write as _;

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

/// Packs entries as they are: any path, any type, twice the same.
pub fn pack_entries(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, kind, contents) in entries {
        let mut header = tar::Header::new_ustar();
        // `set_path` refuses what a hostile client writes.
        header.as_ustar_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        if !contents.is_empty() && kind.is_symlink() {
            header.set_link_name_literal(contents).unwrap();
        }
        header.set_mode(0o644);
        let contents: &[u8] = if kind.is_file() { contents } else { &[] };
        header.set_size(contents.len() as u64);
        header.set_cksum();
        tar.append(&header, contents).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// Bytes that do not compress.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

pub fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}
