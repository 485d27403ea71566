//! The files of a package, as text where they are text.

use std::sync::Arc;

use bytes::Bytes;
use tank_registry_core::package::{Package, PackageFile};

use crate::budget::Budget;
use crate::language::Language;
use crate::markdown::Markdown;

/// A file of the package.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: String,
    pub(crate) executable: bool,
    pub(crate) bytes: Bytes,
    /// Its text; `None` for binary files, and for those that the budget did not reach.
    pub(crate) content: Option<Arc<str>>,
    pub(crate) encoding: Encoding,
    pub(crate) language: Language,
    /// Its structure, where it is Markdown.
    pub(crate) markdown: Option<Markdown>,
    /// Whether all of its text is looked at.
    pub(crate) whole: bool,
}

/// How the bytes of a file became text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
    /// UTF-8 with other bytes in between, which are shown as U+FFFD.
    Broken,
    Binary,
}

impl Document {
    fn new(file: &PackageFile, budget: &mut Budget) -> Self {
        let (content, encoding) = decoded(&file.contents);
        let (content, whole) = match content {
            None => (None, true),
            Some(content) => match budget.take_text(content.len()) {
                allowed if allowed >= content.len() => (Some(content), true),
                0 => (None, false),
                allowed => {
                    let end = crate::text::floor(&content, allowed);
                    (Some(content[..end].to_owned()), false)
                }
            },
        };
        let language = content.as_deref().map_or(Language::Other, |content| {
            Language::of_file(&file.path, content)
        });
        let content: Option<Arc<str>> = content.map(Into::into);
        let markdown = content
            .as_deref()
            .filter(|_| language == Language::Markdown)
            .map(Markdown::parse);
        Self {
            path: file.path.clone(),
            executable: file.executable,
            bytes: file.contents.clone(),
            content,
            encoding,
            language,
            markdown,
            whole,
        }
    }

    /// The file's name without its folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The files of a package in the order of their paths, so that the order of the archive changes
/// nothing; `SKILL.md` and its neighbours are looked at before the budget is spent on others.
pub(crate) fn documents(package: &Package, budget: &mut Budget) -> Vec<Document> {
    let mut files: Vec<&PackageFile> = package.files().iter().collect();
    files.sort_unstable_by(|a, b| rank(&a.path).cmp(&rank(&b.path)));
    let mut documents: Vec<Document> = files
        .into_iter()
        .map(|file| Document::new(file, budget))
        .collect();
    documents.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    documents
}

fn rank(path: &str) -> (bool, usize, &str) {
    let depth = path.matches('/').count();
    (!path.eq_ignore_ascii_case("SKILL.md"), depth, path)
}

/// The text that bytes are, and how they are written.
fn decoded(bytes: &[u8]) -> (Option<String>, Encoding) {
    let utf16 = |little: bool| {
        let units: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| {
                if little {
                    u16::from_le_bytes([pair[0], pair[1]])
                } else {
                    u16::from_be_bytes([pair[0], pair[1]])
                }
            })
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, ..] => return (Some(utf16(true)), Encoding::Utf16),
        [0xFE, 0xFF, ..] => return (Some(utf16(false)), Encoding::Utf16),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => (Some(text.to_owned()), Encoding::Utf8),
        _ if looks_binary(bytes) => (None, Encoding::Binary),
        _ => (
            Some(String::from_utf8_lossy(bytes).into_owned()),
            Encoding::Broken,
        ),
    }
}

/// Whether the beginning holds many bytes that text does not.
fn looks_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(8192)];
    let odd = head
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
        .count();
    odd * 50 > head.len()
}
