//! What bytes are by their first few, whatever they are called.

/// A format that is known by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    Elf,
    Pe,
    MachO,
    Wasm,
    JavaClass,
    PythonBytecode,
    Zip,
    Gzip,
    Tar,
    SevenZip,
    Rar,
    Xz,
    Bzip2,
    Zstd,
    DiskImage,
    Png,
    Jpeg,
    Gif,
    Webp,
    Pdf,
    /// Another picture, sound, font or film.
    Media,
}

impl Magic {
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [0x7F, b'E', b'L', b'F', ..] => Self::Elf,
            [b'M', b'Z', ..] if is_pe(bytes) => Self::Pe,
            [0xFE, 0xED, 0xFA, 0xCE | 0xCF, ..] | [0xCE | 0xCF, 0xFA, 0xED, 0xFE, ..] => {
                Self::MachO
            }
            // A program for several processors counts them; a class says its version, 45 or more.
            [0xCA, 0xFE, 0xBA, 0xBE | 0xBF, 0, 0, 0, count, ..] if *count < 40 => Self::MachO,
            [0xCA, 0xFE, 0xBA, 0xBE, ..] => Self::JavaClass,
            [0, b'a', b's', b'm', ..] => Self::Wasm,
            [_, 0x0C..=0x0F, b'\r', b'\n', 0..=3, 0, 0, 0, ..] => Self::PythonBytecode,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0x1F, 0x8B, 8, ..] => Self::Gzip,
            [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => Self::SevenZip,
            [b'R', b'a', b'r', b'!', 0x1A, 7, ..] => Self::Rar,
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, ..] => Self::Bzip2,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Self::Zstd,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Self::Png,
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Self::Webp,
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            [b'R', b'I', b'F', b'F', ..]
            | [b'O', b'g', b'g', b'S', ..]
            | [b'I', b'D', b'3', ..]
            | [b'w', b'O', b'F', b'F' | b'2', ..]
            | [0, 0, 1, 0, ..]
            | [_, _, _, _, b'f', b't', b'y', b'p', ..] => Self::Media,
            _ if bytes.get(257..262) == Some(b"ustar") => Self::Tar,
            _ if is_disk_image(bytes) => Self::DiskImage,
            _ => return None,
        })
    }

    /// Whether a machine runs it.
    pub(crate) fn is_program(self) -> bool {
        matches!(
            self,
            Self::Elf
                | Self::Pe
                | Self::MachO
                | Self::Wasm
                | Self::JavaClass
                | Self::PythonBytecode
        )
    }

    /// Whether it holds other files.
    pub(crate) fn is_archive(self) -> bool {
        matches!(
            self,
            Self::Zip
                | Self::Gzip
                | Self::Tar
                | Self::SevenZip
                | Self::Rar
                | Self::Xz
                | Self::Bzip2
                | Self::Zstd
                | Self::DiskImage
        )
    }

    /// How people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Elf => "Linux",
            Self::Pe => "Windows",
            Self::MachO => "macOS",
            Self::Wasm => "WebAssembly",
            Self::JavaClass => "Java",
            Self::PythonBytecode => "Python bytecode",
            Self::Zip => "zip",
            Self::Gzip => "gzip",
            Self::Tar => "tar",
            Self::SevenZip => "7z",
            Self::Rar => "RAR",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "Zstandard",
            Self::DiskImage => "disk image",
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Pdf => "PDF",
            Self::Media => "media",
        }
    }
}

/// `MZ` alone begins words as well: the header it leads to has to be there, or bytes that no text
/// has.
fn is_pe(bytes: &[u8]) -> bool {
    let header = bytes
        .get(0x3C..0x40)
        .and_then(|at| <[u8; 4]>::try_from(at).ok())
        .and_then(|at| usize::try_from(u32::from_le_bytes(at)).ok());
    header.is_some_and(|at| {
        bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(b"PE\0\0"))
    }) || bytes.get(..64).is_some_and(|head| head.contains(&0))
}

/// The trailer that ends an image of a macOS disk.
fn is_disk_image(bytes: &[u8]) -> bool {
    bytes
        .len()
        .checked_sub(512)
        .and_then(|at| bytes.get(at..))
        .is_some_and(|trailer| trailer.starts_with(b"koly"))
}
