//! Which line of a file an offset of a text stands on.

/// Lines of a text within its file.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// The line of the first byte, from 1.
    first: u32,
    /// Offsets of line breaks, in order; empty where all stands on one line of the file.
    breaks: Vec<u32>,
}

impl Lines {
    /// Lines of a text that begins on this line and breaks where its file does.
    pub(crate) fn new(content: &str, first: u32) -> Self {
        let breaks = memchr::memchr_iter(b'\n', content.as_bytes())
            .filter_map(|at| u32::try_from(at).ok())
            .collect();
        Self { first, breaks }
    }

    /// All of the text is on one line of the file.
    pub(crate) fn all_on(line: u32) -> Self {
        Self {
            first: line,
            breaks: Vec::new(),
        }
    }

    /// The line of an offset.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let before = self.breaks.partition_point(|at| *at < offset);
        self.first
            .saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
    }
}
