//! What the name of a file says it is.

use crate::document::Document;

/// The extension of a file, in lower case; empty where it has none.
pub(super) fn extension(document: &Document) -> String {
    document
        .name()
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default()
}

pub(super) fn is_blocked(extension: &str) -> bool {
    matches!(
        extension,
        "exe"
            | "so"
            | "dll"
            | "dylib"
            | "wasm"
            | "class"
            | "pyc"
            | "pyo"
            | "jar"
            | "war"
            | "bin"
            | "dat"
            | "scr"
            | "msi"
            | "com"
            | "pif"
            | "dmg"
            | "pkg"
            | "deb"
            | "rpm"
            | "apk"
            | "node"
    )
}

pub(super) fn is_media(extension: &str) -> bool {
    matches!(
        extension,
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "webp"
            | "bmp"
            | "ico"
            | "tif"
            | "tiff"
            | "avif"
            | "heic"
            | "mp3"
            | "mp4"
            | "wav"
            | "ogg"
            | "flac"
            | "m4a"
            | "mov"
            | "avi"
            | "webm"
            | "mkv"
            | "pdf"
            | "ttf"
            | "otf"
            | "woff"
            | "woff2"
            | "eot"
    )
}

pub(super) fn is_text(extension: &str) -> bool {
    matches!(
        extension,
        "md" | "mdx"
            | "markdown"
            | "txt"
            | "rst"
            | "text"
            | "log"
            | "csv"
            | "tsv"
            | "json"
            | "jsonl"
            | "yaml"
            | "yml"
            | "toml"
            | "ini"
            | "cfg"
            | "conf"
            | "xml"
            | "html"
            | "svg"
            | "css"
            | "py"
            | "js"
            | "ts"
            | "sh"
    )
}

/// Formats that are a zip archive by design.
pub(super) fn is_office(extension: &str) -> bool {
    matches!(
        extension,
        "docx"
            | "xlsx"
            | "pptx"
            | "docm"
            | "xlsm"
            | "pptm"
            | "dotx"
            | "xltx"
            | "potx"
            | "odt"
            | "ods"
            | "odp"
            | "epub"
            | "key"
            | "numbers"
            | "pages"
            | "excalidrawlib"
            | "sketch"
            | "fig"
            | "3mf"
            | "npz"
            | "kmz"
    )
}
