//! Folding a text, and splitting it into words.

use std::ops::ControlFlow;

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut to so many characters, in texts and in queries alike.
pub(super) const MAX_CHARS: usize = 64;

/// How much of a folded text is looked at, in characters. No readme is half as long, but one
/// character may unfold to eighteen.
const MAX_FOLDED: usize = 1_000_000;

/// A piece of a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Letters and digits up to the next blank or sign.
    Word(&'a str),
    /// Two neighbours in a script without blanks.
    Pair(&'a str),
    /// One character of such a script.
    Letter(&'a str),
}

/// Which characters of scripts without blanks are told, besides the pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// All: a text is found by each of them.
    All,
    /// Those without a neighbour: of others the pairs say more.
    Alone,
}

/// Tells the pieces of a text in its order, until `each` has enough. Time is linear in the text.
pub(super) fn split<F>(text: &str, letters: Letters, each: F)
where
    F: FnMut(Piece<'_>) -> ControlFlow<()>,
{
    let splitter = Splitter {
        letters,
        each,
        word: String::new(),
        chars: 0,
        run: None,
    };
    // Either way ends early when there is enough.
    let _ = if text.is_ascii() {
        splitter.run(
            text.bytes()
                .map(|byte| char::from(byte.to_ascii_lowercase())),
        )
    } else {
        let folded = text.nfkd().default_case_fold();
        // Composed again: a syllable of Hangul is one letter, not three.
        splitter.run(folded.take(MAX_FOLDED).filter(|c| !is_dropped(*c)).nfc())
    };
}

struct Splitter<F> {
    letters: Letters,
    each: F,
    word: String,
    /// Characters in `word`.
    chars: usize,
    /// The last character of a run without blanks, and whether it has a neighbour before it.
    run: Option<(char, bool)>,
}

impl<F: FnMut(Piece<'_>) -> ControlFlow<()>> Splitter<F> {
    fn run(mut self, chars: impl Iterator<Item = char>) -> ControlFlow<()> {
        for c in chars {
            if is_joiner(c) {
                continue;
            }
            let is_mark = is_combining_mark(c);
            if !c.is_alphanumeric() && !is_mark {
                self.end()?;
            } else if is_unspaced(c) {
                self.end_word()?;
                self.unspaced(c)?;
            } else {
                self.end_run()?;
                // A mark alone is no word.
                if (!is_mark || self.chars > 0) && self.chars < MAX_CHARS {
                    self.word.push(c);
                    self.chars += 1;
                }
            }
        }
        self.end()
    }

    fn unspaced(&mut self, c: char) -> ControlFlow<()> {
        let before = self.run.replace((c, self.run.is_some()));
        let mut buffer = [0; 8];
        if let Some((before, _)) = before {
            let length = before.encode_utf8(&mut buffer).len();
            let length = length + c.encode_utf8(&mut buffer[length..]).len();
            let pair = std::str::from_utf8(&buffer[..length]).unwrap_or_default();
            (self.each)(Piece::Pair(pair))?;
        }
        if self.letters == Letters::All {
            (self.each)(Piece::Letter(c.encode_utf8(&mut buffer)))?;
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self) -> ControlFlow<()> {
        self.end_run()?;
        self.end_word()
    }

    fn end_word(&mut self) -> ControlFlow<()> {
        if self.chars > 0 {
            (self.each)(Piece::Word(&self.word))?;
            self.word.clear();
            self.chars = 0;
        }
        ControlFlow::Continue(())
    }

    fn end_run(&mut self) -> ControlFlow<()> {
        match self.run.take() {
            Some((c, false)) if self.letters == Letters::Alone => {
                (self.each)(Piece::Letter(c.encode_utf8(&mut [0; 4])))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Marks that a reader may leave out: accents of Latin, Greek and Cyrillic letters, the vowel
/// points of Hebrew and Arabic. In other scripts a mark is as much as a letter.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{e0100}'..='\u{e01ef}')
}

/// What stands within a word without being part of it: apostrophes, and signs that nobody sees.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\'' | '\u{2019}'
            | '\u{2bc}'
            | '\u{ad}'
            | '\u{200c}'
            | '\u{200d}'
            | '\u{2060}'
            | '\u{feff}'
    )
}

/// Thai, Lao, Myanmar, Khmer, kana, Bopomofo and Han.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, letters: Letters) -> Vec<String> {
        let mut all = Vec::new();
        split(text, letters, |piece| {
            let (Piece::Word(text) | Piece::Pair(text) | Piece::Letter(text)) = piece;
            all.push(text.to_owned());
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn words_are_letters_and_digits_of_any_script() {
        for (text, expected) in [
            ("", &[][..]),
            ("@ / % _ ; \u{1f680}", &[]),
            ("@acme/invoice-tools", &["acme", "invoice", "tools"]),
            (
                "Reads PDF2 files_v1.2",
                &["reads", "pdf2", "files", "v1", "2"],
            ),
            (
                "the user's 'own' don\u{2019}ts",
                &["the", "users", "own", "donts"],
            ),
            ("co\u{ad}operate", &["cooperate"]),
            ("Привет, мир", &["привет", "мир"]),
            ("한국어 검색", &["한국어", "검색"]),
            ("हिन्दी खोज", &["हिन्दी", "खोज"]),
            ("x\u{301}\u{200b}y", &["x", "y"]),
        ] {
            assert_eq!(pieces(text, Letters::Alone), expected, "{text:?}");
        }
    }

    #[test]
    fn case_accents_and_forms_make_no_difference() {
        for (one, other) in [
            ("RÉSUMÉ", "resume"),
            ("Straße", "strasse"),
            ("ﬁle", "file"),
            ("Ｆｕｌｌ", "full"),
            ("ΣΊΣΥΦΟΣ", "σισυφος"),
            ("İstanbul", "istanbul"),
            ("e\u{301}\u{327}te", "ete"),
            ("ｶﾞ", "ガ"),
            ("한", "\u{1112}\u{1161}\u{11ab}"),
        ] {
            assert_eq!(
                pieces(one, Letters::All),
                pieces(other, Letters::All),
                "{one}"
            );
        }
    }

    #[test]
    fn without_blanks_each_two_neighbours_are_a_piece() {
        assert_eq!(
            pieces("React入門書", Letters::Alone),
            ["react", "入門", "門書"]
        );
        assert_eq!(
            pieces("入門書", Letters::All),
            ["入", "入門", "門", "門書", "書"]
        );
        assert_eq!(pieces("猫, 犬", Letters::Alone), ["猫", "犬"]);
        assert_eq!(pieces("がぎ", Letters::Alone), ["がぎ"]);
    }

    #[test]
    fn a_long_word_is_cut() {
        let long = "x".repeat(100_000);
        assert_eq!(pieces(&long, Letters::All), ["x".repeat(MAX_CHARS)]);
        let long = "é".repeat(100_000);
        assert_eq!(pieces(&long, Letters::All), ["e".repeat(MAX_CHARS)]);
    }

    #[test]
    fn of_a_text_that_unfolds_without_end_a_part_is_looked_at() {
        let mut letters = 0;
        split(&"\u{fdfa}".repeat(500_000), Letters::All, |piece| {
            if let Piece::Word(word) = piece {
                letters += word.chars().count();
            }
            ControlFlow::Continue(())
        });
        assert!((500_000..=MAX_FOLDED).contains(&letters), "{letters}");
    }

    #[test]
    fn splitting_ends_when_there_is_enough() {
        let mut seen = 0;
        split(&"word ".repeat(1000), Letters::All, |_| {
            seen += 1;
            if seen == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(seen, 3);
    }
}
