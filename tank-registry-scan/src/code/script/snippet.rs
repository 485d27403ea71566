//! Code as it stands in documents: indented, or with the prompts of a session.

use std::borrow::Cow;

use std::sync::LazyLock;

use regex::Regex;

use crate::language::Language;
use crate::text::{Text, floor};

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?m)^[ \t]*(?:(?P<python>import [\w.]+(?: as \w+)?[ \t]*(?:;|$)|from [\w.]+ import \w|(?:requests|urllib|httpx|os|subprocess|exec|eval)[.(]\w*\()|(?:const|let|var) [\w{][^=\n]*=[^\n]*\(|(?:await )?(?:fetch|require|axios|eval)[.(])[^\n]*",
    )
    .expect("a valid pattern")
});

/// The lines of code in a text of sentences, where they stood; `None` where there are none.
pub(super) fn loose(text: &Text) -> Option<Text> {
    let content = &*text.content;
    if !content.contains('(') {
        return None;
    }
    let mut code = String::new();
    let mut python = false;
    for found in LOOSE.captures_iter(content) {
        let Some(line) = found.get(0) else { continue };
        python |= found.name("python").is_some();
        // Everything else is blank, so that lines stay what they are.
        code.extend(
            content
                .get(code.len()..line.start())?
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
        );
        let kept = line.as_str();
        let code_of = kept.trim_start();
        code.push_str(&" ".repeat(kept.len() - code_of.len()));
        code.push_str(code_of);
    }
    if code.is_empty() {
        return None;
    }
    let mut loose = text.clone();
    loose.language = if python {
        Language::Python
    } else {
        Language::JavaScript
    };
    loose.content = code.into();
    Some(loose)
}

/// Code that can be parsed, and where its lines stood.
pub(super) struct Snippet<'t> {
    pub(super) code: Cow<'t, str>,
    /// Beginnings of lines, here and there; empty where nothing was changed.
    lines: Vec<(u32, u32)>,
}

impl<'t> Snippet<'t> {
    /// Removes what is no code: prompts, and the indentation that all lines share.
    pub(super) fn of(text: &'t str) -> Self {
        let session = text
            .lines()
            .any(|line| line.trim_start().starts_with(">>> "));
        let indent = if session {
            0
        } else {
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
                .min()
                .unwrap_or(0)
        };
        // Outside of sessions, a line that begins with dots stands for code that is left out.
        let left_out = |line: &str| {
            let rest = line.trim_start().strip_prefix("...");
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r']))
        };
        let elides = !session && text.lines().any(left_out);
        if !session && indent == 0 && !elides {
            return Self {
                code: Cow::Borrowed(text),
                lines: Vec::new(),
            };
        }
        let mut code = String::with_capacity(text.len());
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let kept = if session {
                let start = line.trim_start();
                let code = start
                    .strip_prefix(">>> ")
                    .or_else(|| start.strip_prefix("... "));
                // Anything else was printed.
                code.unwrap_or("\n")
            } else if elides && left_out(line) && line.trim() != "..." {
                "\n"
            } else {
                line.get(indent.min(line.trim_end_matches('\n').len())..)
                    .unwrap_or(line)
            };
            let cut = line.len().saturating_sub(kept.len());
            let new = u32::try_from(code.len()).unwrap_or(u32::MAX);
            lines.push((new, u32::try_from(at + cut).unwrap_or(u32::MAX)));
            code.push_str(kept);
            at += line.len();
        }
        Self {
            code: Cow::Owned(code),
            lines,
        }
    }

    /// The beginning of a long text.
    pub(super) fn first(text: &'t str, most: usize) -> Self {
        Self::of(text.get(..floor(text, most)).unwrap_or_default())
    }

    /// Where an offset of the code stands in the text.
    pub(super) fn original(&self, offset: u32) -> usize {
        let next = self.lines.partition_point(|(here, _)| *here <= offset);
        let at = match next.checked_sub(1).and_then(|line| self.lines.get(line)) {
            Some((here, there)) => offset - here + there,
            None => offset,
        };
        at as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_shared_indentation_are_no_code() {
        let session = Snippet::of(">>> import os\n>>> if x:\n...     y()\n3\n");
        assert_eq!(session.code, "import os\nif x:\n    y()\n\n");
        assert_eq!(session.original(0), 4);
        let indented = Snippet::of("  a()\n\n  b()\n");
        assert_eq!(indented.code, "a()\n\nb()\n");
        let at = u32::try_from(indented.code.find('b').unwrap()).unwrap();
        assert_eq!(indented.original(at), 9);
        assert_eq!(Snippet::of("a\n b\n").code, "a\n b\n");
        assert_eq!(Snippet::of("a\n... more\n b\n").code, "a\n\n b\n");
    }
}
