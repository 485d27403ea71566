//! A skill as rules see it: its files, and every text in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use tank_registry_core::package::Package;
use tank_registry_core::scan::ScanContext;

use crate::budget::{Budget, OutOfTime};
use crate::context;
use crate::document::{Document, documents};
use crate::finding::Place;
use crate::frontmatter;
use crate::language::Language;
use crate::markdown::{BlockKind, Markdown};
use crate::settings::ScanSettings;
use crate::text::{Role, Text};
use crate::{code, decode, structure};

/// A skill as rules see it.
#[derive(Debug)]
pub(crate) struct Skill<'a> {
    pub(crate) package: &'a Package,
    pub(crate) context: &'a ScanContext,
    pub(crate) settings: &'a ScanSettings,
    /// The files, by path.
    pub(crate) documents: Vec<Document>,
    /// Every text to look at: files first, then what stands in them, then what is decoded.
    pub(crate) texts: Vec<Text>,
    /// The front matter of `SKILL.md`, where it has some that can be read.
    pub(crate) front_matter: Option<Value>,
    /// Files that `SKILL.md`, or a file that it leads to, names: positions in `documents`.
    pub(crate) live: BTreeSet<usize>,
    topic: String,
}

impl<'a> Skill<'a> {
    /// Reads all files of a package.
    pub(crate) fn read(
        package: &'a Package,
        declared: &'a ScanContext,
        settings: &'a ScanSettings,
        budget: &mut Budget,
    ) -> Result<Self, OutOfTime> {
        let documents = documents(package, budget);
        budget.check_time()?;
        let mut skill = Self {
            package,
            context: declared,
            settings,
            documents,
            texts: Vec::new(),
            front_matter: None,
            live: BTreeSet::new(),
            topic: String::new(),
        };
        skill.live = skill.referenced();
        let mut texts = Vec::new();
        for (file, document) in skill.documents.iter().enumerate() {
            let Some(content) = &document.content else {
                continue;
            };
            let mut whole = Text::new(file, Arc::clone(content), document.language, Role::File, 1);
            whole.specimen = context::is_test_path(&document.path) && !skill.live.contains(&file);
            if let Some(markdown) = &document.markdown {
                if markdown.cut {
                    budget.exhaust("blocks of Markdown");
                }
                texts.extend(markdown_texts(file, content, markdown, whole.specimen));
                if document.path.eq_ignore_ascii_case("SKILL.md") {
                    skill.front_matter = markdown
                        .front_matter
                        .clone()
                        .and_then(|range| frontmatter::parse(&content[range]));
                }
            }
            texts.push(whole);
        }
        skill.topic = skill.what_it_says();
        texts.sort_by_key(|text| text.role != Role::File);
        budget.check_time()?;
        // What code says in comments and long strings, what data files order to run, and what people
        // do not see.
        let mut inner = Vec::new();
        for text in &texts {
            inner.extend(code::inner_texts(text, budget));
            budget.check_time()?;
        }
        inner.extend(structure::hidden_texts(&skill.documents, &texts));
        inner.extend(structure::front_matter_commands(&skill.documents, &texts));
        texts.extend(inner);
        let decoded = decode::decoded_texts(&texts, budget);
        texts.extend(decoded);
        skill.texts = texts;
        budget.check_time()?;
        Ok(skill)
    }

    /// `SKILL.md`, whatever its case.
    pub(crate) fn skill_md(&self) -> Option<&Document> {
        self.documents
            .iter()
            .find(|document| document.path.eq_ignore_ascii_case("SKILL.md"))
    }

    /// What it says it is about, in lower case: name and description of its front matter and of its
    /// manifest, or the beginning of its text without them.
    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    /// Whether a text of the skill names whose host this is.
    pub(crate) fn tells_of(&self, host: &str) -> bool {
        /// So many texts are read for it.
        const MOST: usize = 50;
        let brand = crate::hosts::brand(host);
        self.documents
            .iter()
            .filter(|document| document.markdown.is_some())
            .filter_map(|document| document.content.as_deref())
            .take(MOST)
            .any(|content| contains_ignoring_case(content, brand))
    }

    fn what_it_says(&self) -> String {
        const BEGINNING: usize = 600;
        let field = |name: &str| {
            self.front_matter
                .as_ref()
                .and_then(|front| front.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let mut topic = format!("{} {}", field("name"), field("description"));
        if let Some(manifest) = &self.context.manifest {
            topic.push(' ');
            topic.push_str(manifest.description().unwrap_or_default());
        }
        if topic.trim().len() < 12
            && let Some(content) = self.skill_md().and_then(|file| file.content.as_deref())
        {
            topic.push_str(&content[..crate::text::floor(content, BEGINNING)]);
        }
        topic.to_lowercase()
    }

    /// The document at a position.
    pub(crate) fn document(&self, file: usize) -> Option<&Document> {
        self.documents.get(file)
    }

    /// Whether the block of Markdown at a place shows an attack, rather than making one.
    pub(crate) fn is_specimen(&self, place: Place) -> bool {
        self.texts
            .iter()
            .filter(|text| text.file == place.file)
            .filter(|text| matches!(text.role, Role::Paragraph | Role::Fence | Role::FrontMatter))
            .map(|text| (text.place(0).line, text.specimen))
            .filter(|(line, _)| *line <= place.line)
            .max()
            .is_some_and(|(_, specimen)| specimen)
    }

    /// Files that `SKILL.md` names, and those that these name, and so on.
    fn referenced(&self) -> BTreeSet<usize> {
        let mut live = BTreeSet::new();
        let mut open: Vec<usize> = self
            .documents
            .iter()
            .enumerate()
            .filter(|(_, document)| {
                let name = document.path.to_ascii_lowercase();
                matches!(
                    name.as_str(),
                    "skill.md" | "readme.md" | "package.json" | "setup.py"
                )
            })
            .map(|(at, _)| at)
            .collect();
        while let Some(at) = open.pop() {
            if !live.insert(at) {
                continue;
            }
            let Some(content) = self
                .documents
                .get(at)
                .and_then(|doc| doc.content.as_deref())
            else {
                continue;
            };
            let imports = importing_lines(content);
            for (other, document) in self.documents.iter().enumerate() {
                if !live.contains(&other) && names(content, &imports, document) {
                    open.push(other);
                }
            }
        }
        live
    }
}

/// Whether a text names a file: by its name, or without its extension where code imports it.
fn names(content: &str, imports: &str, document: &Document) -> bool {
    let name = document.name();
    if name.len() < 3 {
        return false;
    }
    if memchr::memmem::find(content.as_bytes(), name.as_bytes()).is_some() {
        return true;
    }
    if !document.language.is_code() {
        return false;
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.len() >= 3 && imports.contains(stem)
}

/// The lines of a text that may import something, as far as one would look.
fn importing_lines(content: &str) -> String {
    const MOST: usize = 64 << 10;
    let words = ["import ", "from ", "require(", "source ", "import("];
    let mut lines = String::new();
    for line in content.lines() {
        if lines.len() + line.len() <= MOST && words.iter().any(|word| line.contains(word)) {
            lines.push_str(line);
            lines.push('\n');
        }
    }
    lines
}

/// The texts of a Markdown file, besides the file itself.
fn markdown_texts(file: usize, content: &str, markdown: &Markdown, specimen: bool) -> Vec<Text> {
    let whole = Text::new(file, content, Language::Markdown, Role::File, 1);
    let mut texts = Vec::new();
    if let Some(range) = markdown.front_matter.clone() {
        let line = whole.place(range.start).line;
        let text = Text::new(
            file,
            &content[range],
            Language::Yaml,
            Role::FrontMatter,
            line,
        );
        texts.push(text);
    }
    // What was said right before: the paragraph or heading above.
    let mut before: &str = "";
    let mut sentence = std::ops::Range::default();
    for block in &markdown.blocks {
        let headings: Vec<&str> = block
            .headings
            .iter()
            .filter_map(|at| markdown.blocks.get(*at))
            .filter_map(|heading| content.get(heading.range.clone()))
            .collect();
        let (language, role, range) = match &block.kind {
            BlockKind::Code { tag, contents } => {
                let code = &content[contents.clone()];
                let language = match Language::of_tag(tag) {
                    Some(Language::Prose) | None => Language::guess(code),
                    // What a fence says of itself does not keep a line of shell from being run.
                    Some(language) if language != Language::Shell && is_shell_line(code) => {
                        Language::Shell
                    }
                    Some(language) => language,
                };
                (language, Role::Fence, contents.clone())
            }
            BlockKind::InlineCode { contents } => {
                let code = &content[contents.clone()];
                if code.len() < 6 || !code.contains([' ', '/', '(', '=']) {
                    continue;
                }
                (Language::guess(code), Role::InlineCode, contents.clone())
            }
            _ => (Language::Prose, Role::Paragraph, block.range.clone()),
        };
        let source = &content[range.clone()];
        let lead = match role {
            // Of the sentence that it stands in, what comes before.
            Role::InlineCode => content
                .get(sentence.start..block.range.start)
                .unwrap_or_default(),
            _ => before,
        };
        let around = format!("{}\n{}", headings.join("\n"), last_lines(lead)).to_lowercase();
        let line = whole.place(range.start).line;
        let mut text = Text::new(file, source, language, role, line);
        let nearest = headings.last().copied().unwrap_or_default();
        let near = format!("{nearest}\n{}", last_lines(lead)).to_lowercase();
        text.specimen = specimen
            || context::speaks_about_attacks(&near) && !context::orders_to_run(last_lines(lead));
        text.around = around.into();
        texts.push(text);
        if !matches!(
            block.kind,
            BlockKind::Code { .. } | BlockKind::InlineCode { .. }
        ) {
            before = content.get(block.range.clone()).unwrap_or_default();
            sentence = block.range.clone();
        }
    }
    texts
}

/// Whether a block holds commands and nothing that another language would.
fn is_shell_line(code: &str) -> bool {
    const LONGEST: usize = 2000;
    code.len() <= LONGEST
        && Language::guess(code) == Language::Shell
        && code.contains(['|', '$', '&', ';'])
        && !code.contains(['{', '='])
}

/// The end of a text: as much as introduces what follows.
fn last_lines(text: &str) -> &str {
    const MOST: usize = 300;
    let from = crate::text::floor(text, text.len().saturating_sub(MOST));
    &text[from..]
}

/// Whether a text holds a word of ASCII, whatever its case.
fn contains_ignoring_case(text: &str, word: &str) -> bool {
    let (Some(first), word) = (word.bytes().next(), word.as_bytes()) else {
        return true;
    };
    let text = text.as_bytes();
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        text.get(at..at + word.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
    })
}
