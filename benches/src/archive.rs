//! Archives to publish.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::Fault;
use crate::vocabulary::{Random, Vocabulary};

/// Something to publish.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    pub(crate) manifest: Value,
    pub(crate) bytes: Bytes,
    pub(crate) integrity: String,
}

impl Archive {
    /// An archive with these files besides manifest and `SKILL.md`.
    pub(crate) fn new(
        name: &str,
        version: &str,
        readme: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Self, Fault> {
        let manifest = json!({
            "name": name,
            "version": version,
            "description": readme.lines().next().unwrap_or_default(),
            "permissions": { "network": { "outbound": ["api.example.org"] } },
        });
        let own = [
            ("SKILL.md".to_owned(), readme.as_bytes().to_vec()),
            ("tank.json".to_owned(), manifest.to_string().into_bytes()),
        ];
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, contents) in own.iter().chain(files) {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_size(contents.len() as u64);
            tar.append_data(&mut header, path, contents.as_slice())?;
        }
        let bytes = tar.into_inner()?.finish()?;
        Ok(Self {
            manifest,
            integrity: format!("sha512-{}", STANDARD.encode(Sha512::digest(&bytes))),
            bytes: bytes.into(),
        })
    }

    /// An archive of about `size` bytes that hold nothing but noise: as large packed as unpacked.
    pub(crate) fn of_noise(name: &str, version: &str, size: usize) -> Result<Self, Fault> {
        let noise = Random::new(size as u64).bytes(size.saturating_sub(1024));
        let files = [("assets/noise.bin".to_owned(), noise)];
        Self::new(name, version, "Noise.\n", &files)
    }

    /// An archive of at least `size` bytes of text in many files, which unpacked is some times as
    /// large.
    pub(crate) fn of_text(
        words: &Vocabulary,
        name: &str,
        version: &str,
        size: usize,
    ) -> Result<Self, Fault> {
        let mut random = Random::new(size as u64);
        let readme = words.text(&mut random, 200);
        // Words of the vocabulary take about three bytes each once they are packed.
        let mut left = size / 3;
        let mut files = Vec::new();
        loop {
            while left > 0 {
                let now = left.min(8_000);
                left -= now;
                let path = format!("references/{}.md", files.len());
                files.push((path, words.text(&mut random, now).into_bytes()));
            }
            let archive = Self::new(name, version, &readme, &files)?;
            let missing = size.saturating_sub(archive.bytes.len());
            if missing == 0 {
                return Ok(archive);
            }
            left = missing / 3 + 100;
        }
    }

    /// A small skill as people write them: a readme of 200 words and a script.
    pub(crate) fn small(words: &Vocabulary, name: &str, seed: u64) -> Result<Self, Fault> {
        let mut random = Random::new(seed);
        let readme = words.text(&mut random, 200);
        let script = words.text(&mut random, 400).into_bytes();
        Self::new(
            name,
            "1.0.0",
            &readme,
            &[("scripts/run.py".to_owned(), script)],
        )
    }
}
