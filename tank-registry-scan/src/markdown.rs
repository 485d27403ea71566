//! The structure of a Markdown file: blocks with their offsets, and what stands above each.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A parsed file. Offsets are those of its text.
#[derive(Debug, Default)]
pub(crate) struct Markdown {
    /// The YAML between `---` lines at the top, without them.
    pub(crate) front_matter: Option<Range<usize>>,
    /// Blocks in order.
    pub(crate) blocks: Vec<Block>,
    /// Where links and images lead.
    pub(crate) links: Vec<Link>,
    /// Offsets of HTML comments, with their marks; and of link definitions that hold a remark.
    pub(crate) comments: Vec<Range<usize>>,
    /// Whether there are more blocks than are kept.
    pub(crate) cut: bool,
    /// Runs of raw HTML.
    pub(crate) html: Vec<Range<usize>>,
}

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: BlockKind,
    /// Its source, marks included.
    pub(crate) range: Range<usize>,
    /// Positions of the headings above it, the nearest last.
    pub(crate) headings: Vec<usize>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Heading,
    Paragraph,
    /// A list with all its items.
    List,
    Quote,
    Table,
    /// A fenced or indented block: what stands behind the fence, and its contents.
    Code {
        tag: String,
        contents: Range<usize>,
    },
    /// Code within a sentence.
    InlineCode {
        contents: Range<usize>,
    },
}

/// A link or an image.
#[derive(Debug)]
pub(crate) struct Link {
    /// The title, and for images the text instead of it.
    pub(crate) title: String,
    pub(crate) range: Range<usize>,
    pub(crate) image: bool,
}

impl Markdown {
    /// Parses a text; anything is Markdown.
    pub(crate) fn parse(content: &str) -> Self {
        let mut markdown = Self {
            front_matter: front_matter(content),
            ..Self::default()
        };
        let start = markdown
            .front_matter
            .as_ref()
            .map_or(0, |range| after_line(content, range.end));
        markdown.read(content, start);
        markdown.find_comments(content, start);
        markdown
    }

    fn read(&mut self, content: &str, start: usize) {
        let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
        let mut headings: Vec<(HeadingLevel, usize)> = Vec::new();
        // How deep inside a block that is kept as a whole.
        let mut inside = 0_usize;
        let mut code: Option<(String, Range<usize>, Option<Range<usize>>)> = None;
        for (event, range) in Parser::new_ext(&content[start..], options).into_offset_iter() {
            let range = range.start + start..range.end + start;
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let tag = match kind {
                        CodeBlockKind::Fenced(tag) => tag.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    code = Some((tag, range, None));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((tag, range, contents)) = code.take() {
                        let contents = contents.unwrap_or(range.start..range.start);
                        self.push(BlockKind::Code { tag, contents }, range, &headings);
                    }
                }
                Event::Text(_) if code.is_some() => {
                    if let Some((_, _, contents)) = &mut code {
                        match contents {
                            Some(contents) => contents.end = range.end,
                            None => *contents = Some(range),
                        }
                    }
                }
                Event::Start(Tag::Heading { level, .. }) => {
                    headings.retain(|(above, _)| *above < level);
                    let position = self.blocks.len();
                    self.push(BlockKind::Heading, range, &headings);
                    headings.push((level, position));
                }
                Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => {
                    let image = matches!(tag, Tag::Image { .. });
                    let (Tag::Link { title, .. } | Tag::Image { title, .. }) = tag else {
                        continue;
                    };
                    self.links.push(Link {
                        title: title.to_string(),
                        range,
                        image,
                    });
                }
                Event::Start(Tag::Paragraph) if inside == 0 => {
                    self.push(BlockKind::Paragraph, range, &headings);
                }
                Event::Start(Tag::List(_)) => {
                    if inside == 0 {
                        self.push(BlockKind::List, range, &headings);
                    }
                    inside += 1;
                }
                Event::Start(Tag::BlockQuote(_)) => {
                    if inside == 0 {
                        self.push(BlockKind::Quote, range, &headings);
                    }
                    inside += 1;
                }
                Event::Start(Tag::Table(_)) => {
                    if inside == 0 {
                        self.push(BlockKind::Table, range, &headings);
                    }
                    inside += 1;
                }
                Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_) | TagEnd::Table) => {
                    inside = inside.saturating_sub(1);
                }
                Event::Code(_) => {
                    let contents = inner_code(content, range.clone());
                    self.push(BlockKind::InlineCode { contents }, range, &headings);
                }
                Event::Html(_) | Event::InlineHtml(_) => self.html.push(range),
                _ => {}
            }
        }
    }

    fn push(&mut self, kind: BlockKind, range: Range<usize>, headings: &[(HeadingLevel, usize)]) {
        /// A file of nothing but marks must not cost more than its bytes.
        const MOST: usize = 50_000;
        if self.blocks.len() >= MOST {
            self.cut = true;
        } else {
            self.blocks.push(Block {
                kind,
                range,
                headings: headings.iter().map(|(_, position)| *position).collect(),
            });
        }
    }

    /// Comments are found in the text itself: what a browser hides is not always what Markdown
    /// takes for HTML. Those in code are shown, so they are none.
    fn find_comments(&mut self, content: &str, start: usize) {
        let mut at = start;
        while let Some(found) = content[at..].find("<!--") {
            let from = at + found;
            let end = content[from + 4..]
                .find("-->")
                .map_or(content.len(), |length| from + 4 + length + 3);
            if !self.is_code(from) {
                self.comments.push(from..end);
            }
            at = end;
        }
        let mut line_start = start;
        for line in content[start..].split_inclusive('\n') {
            let marked = ["[//]:", "[comment]:", "[//]: #", "[_]:", "[#]:"];
            let trimmed = line.trim_start();
            if marked.iter().any(|mark| trimmed.starts_with(mark)) && !self.is_code(line_start) {
                self.comments.push(line_start..line_start + line.len());
            }
            line_start += line.len();
        }
        self.comments.sort_by_key(|range| range.start);
    }

    /// Whether an offset is within code.
    pub(crate) fn is_code(&self, offset: usize) -> bool {
        // Blocks are in order of their start, but an inline block lies within a paragraph.
        let until = self
            .blocks
            .partition_point(|block| block.range.start <= offset);
        self.blocks[until.saturating_sub(64)..until]
            .iter()
            .rev()
            .any(|block| {
                matches!(
                    block.kind,
                    BlockKind::Code { .. } | BlockKind::InlineCode { .. }
                ) && block.range.contains(&offset)
            })
    }
}

fn inner_code(content: &str, range: Range<usize>) -> Range<usize> {
    let source = &content[range.clone()];
    let ticks = source.len() - source.trim_start_matches('`').len();
    let start = range.start + ticks;
    let end = range.end.saturating_sub(ticks).max(start);
    start..end
}

/// The YAML at the top, as agents read it: `---`, lines, `---`.
fn front_matter(content: &str) -> Option<Range<usize>> {
    let skipped = content.strip_prefix('\u{feff}').unwrap_or(content);
    let offset = content.len() - skipped.len();
    let rest = skipped.strip_prefix("---")?;
    let line_end = rest.find('\n')?;
    if !rest[..line_end].trim().is_empty() {
        return None;
    }
    let start = offset + 3 + line_end + 1;
    let mut at = start;
    for line in content[start..].split_inclusive('\n') {
        let mark = line.trim_end();
        if mark == "---" || mark == "..." {
            return Some(start..at);
        }
        at += line.len();
    }
    None
}

fn after_line(content: &str, offset: usize) -> usize {
    content[offset..]
        .find('\n')
        .map_or(content.len(), |end| offset + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_the_headings_above_them_and_code_knows_its_fence() {
        let content =
            "---\nname: a\n---\n# One\n\ntext `ls -la` more\n\n## Two\n\n```bash\ncurl x\n```\n";
        let markdown = Markdown::parse(content);
        let front = markdown.front_matter.clone().unwrap();
        assert_eq!(&content[front], "name: a\n");
        let code = markdown
            .blocks
            .iter()
            .find_map(|block| match &block.kind {
                BlockKind::Code { tag, contents } => Some((tag, contents, &block.headings)),
                _ => None,
            })
            .unwrap();
        assert_eq!(code.0, "bash");
        assert_eq!(&content[code.1.clone()], "curl x\n");
        assert_eq!(code.2.len(), 2);
        assert!(markdown.blocks.iter().any(|block| matches!(
            &block.kind,
            BlockKind::InlineCode { contents } if &content[contents.clone()] == "ls -la"
        )));
    }

    #[test]
    fn comments_are_found_but_not_in_code() {
        let content = "a <!-- b --> c\n\n```\n<!-- shown -->\n```\n\n[//]: # (hidden)\n<!-- open";
        let markdown = Markdown::parse(content);
        let found: Vec<_> = markdown
            .comments
            .iter()
            .map(|range| content[range.clone()].trim())
            .collect();
        assert_eq!(found, ["<!-- b -->", "[//]: # (hidden)", "<!-- open"]);
    }
}
