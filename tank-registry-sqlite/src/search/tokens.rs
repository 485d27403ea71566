//! Tokens: everything that the index knows, as words that its tokenizer leaves whole.
//!
//! A term is its own token. Every other token begins with a mark, that is a dot and a letter or
//! digit of its kind; terms hold no dot, since what the tokenizer would split or fold is escaped.
//! So nothing that a user writes can be taken for a mark, for a second token or for the syntax of a
//! query.

use std::fmt::Write as _;

/// All entries that are shown.
pub(super) const SHOWN: &str = ".";
/// A token of the readers.
pub(super) const READER: &str = ".r";
/// The visibility.
pub(super) const VISIBILITY: &str = ".v";
/// The verdict.
pub(super) const VERDICT: &str = ".s";
/// That the readme has text.
pub(super) const README: &str = ".d";
/// A kind of atoms.
pub(super) const ATOM_KIND: &str = ".k";
/// A block of time in which it was updated.
pub(super) const BLOCK: &str = ".u";
/// The whole name.
pub(super) const NAME: &str = ".4";
/// A beginning of the name.
pub(super) const NAME_START: &str = ".3";
/// A beginning of the part after the slash.
pub(super) const PART_START: &str = ".2";
/// Some characters within the name, from each place in it on. The index knows the beginnings of
/// all tokens up to these, mark included.
pub(super) const PIECE: &str = ".1";

/// What is left of a term; only in the index of the vocabulary.
pub(super) const REST: &str = ".";

/// The fewest characters of a name that are looked for.
pub(super) const FEWEST: usize = 3;

/// The most characters of a piece.
pub(super) const MOST: usize = 6;

/// A list of tokens, as the text that is indexed.
#[derive(Debug, Default)]
pub(super) struct Tokens(String);

impl Tokens {
    pub(super) fn add(&mut self, mark: &str, text: &str) {
        self.separate();
        self.0.push_str(mark);
        escape(&mut self.0, text);
    }

    /// Adds what [`into_text`](Self::into_text) gave.
    pub(super) fn add_tokens(&mut self, tokens: &str) {
        self.separate();
        self.0.push_str(tokens);
    }

    /// Adds all that a name can be found by.
    pub(super) fn add_name(&mut self, name: &str) {
        self.add(NAME, name);
        self.add_starts(NAME_START, name);
        if let Some((_, part)) = name.split_once('/') {
            self.add_starts(PART_START, part);
        }
        for piece in pieces(name) {
            self.add(PIECE, piece);
        }
    }

    fn add_starts(&mut self, mark: &str, text: &str) {
        let ends = text
            .char_indices()
            .map(|(at, letter)| at + letter.len_utf8());
        for end in ends.skip(FEWEST - 1) {
            self.add(mark, &text[..end]);
        }
    }

    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// What follows each place in a text: as much as a piece may have, and no less than is looked for.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().filter_map(|(start, _)| {
        let rest = &text[start..];
        rest.char_indices().nth(FEWEST - 1)?;
        let end = rest.char_indices().nth(MOST);
        Some(end.map_or(rest, |(end, _)| &rest[..end]))
    })
}

/// A token in a query.
pub(super) fn quoted(mark: &str, text: &str) -> String {
    let mut query = String::with_capacity(mark.len() + text.len() + 2);
    query.push('"');
    query.push_str(mark);
    escape(&mut query, text);
    // An empty phrase would be passed over, as if it were not asked for. No token is a lone escape.
    if query.len() == 1 {
        query.push('_');
    }
    query.push('"');
    query
}

/// Any of some parts of a query, which must not be empty.
pub(super) fn any(parts: &[String]) -> String {
    match parts {
        [part] => part.clone(),
        parts => format!("({})", parts.join(" OR ")),
    }
}

/// Writes a text with `_` and two digits for each byte that is neither a lower-case letter, a digit,
/// one of the few others that the tokenizer was told about, nor part of a letter beyond ASCII.
fn escape(into: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            'a'..='z' | '0'..='9' | '@' | '/' | '-' | ':' => into.push(letter),
            letter if letter.is_ascii() => {
                // Writing to a string cannot fail.
                let _ = write!(into, "_{:02x}", u32::from(letter));
            }
            letter => into.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> String {
        let mut tokens = Tokens::default();
        tokens.add_name(name);
        tokens.into_text()
    }

    #[test]
    fn a_name_is_found_by_itself_its_beginnings_and_what_it_contains() {
        assert_eq!(
            named("@a/bcde"),
            ".4@a/bcde .3@a/ .3@a/b .3@a/bc .3@a/bcd .3@a/bcde .2bcd .2bcde \
             .1@a/bcd .1a/bcde .1/bcde .1bcde .1cde"
        );
        assert_eq!(named("ab"), ".4ab");
    }

    #[test]
    fn what_the_tokenizer_would_split_or_fold_is_escaped() {
        let mut tokens = Tokens::default();
        for term in ["größe", "ſ", "A", "\"x\"", ".r", "*\u{a0}\u{85}"] {
            tokens.add("", term);
        }
        tokens.add(READER, "org:Ä \0'_");
        assert_eq!(
            tokens.into_text(),
            "größe ſ _41 _22x_22 _2er _2a\u{a0}\u{85} .rorg:Ä_20_00_27_5f"
        );
        assert_eq!(quoted("", "x\" OR \"y"), "\"x_22_20_4f_52_20_22y\"");
        assert_eq!(quoted("", ""), "\"_\"");
    }
}
