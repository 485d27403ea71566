//! Words that do not exist, as frequent as words are, the same in every run.

use std::collections::HashSet;

/// How many different words there are.
const WORDS: usize = 50_000;

/// A generator of numbers that look random and are the same in every run (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or_default()
    }

    /// Bytes that do not compress.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

/// The words, the most frequent first.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: Vec<String>,
    /// Sums of the weights of all words up to each.
    weights: Vec<u64>,
    known: HashSet<String>,
}

impl Vocabulary {
    pub(crate) fn new() -> Self {
        const STARTS: [&str; 20] = [
            "b", "br", "c", "d", "dr", "f", "g", "gr", "k", "l", "m", "n", "p", "pl", "r", "sk",
            "t", "tr", "v", "z",
        ];
        const ENDS: [&str; 15] = [
            "a", "an", "ar", "e", "en", "er", "i", "ik", "in", "o", "om", "or", "u", "um", "un",
        ];
        let mut random = Random::new(1);
        let (mut words, mut known) = (Vec::with_capacity(WORDS), HashSet::new());
        while words.len() < WORDS {
            let mut word = String::new();
            for _ in 0..2 + random.below(3) {
                word.push_str(STARTS[random.below(STARTS.len())]);
                word.push_str(ENDS[random.below(ENDS.len())]);
            }
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        let mut sum = 0;
        // The frequency of a word falls with its rank, as in any language.
        let weights = (0..WORDS as u64).map(|rank| {
            sum += 1_000_000_000 / (rank + 10);
            sum
        });
        Self {
            weights: weights.collect(),
            words,
            known,
        }
    }

    /// The word of a rank, 0 being the most frequent.
    pub(crate) fn ranked(&self, rank: usize) -> &str {
        &self.words[rank % WORDS]
    }

    /// The rarest words.
    pub(crate) fn rare(&self, count: usize) -> impl Iterator<Item = &str> {
        self.words[WORDS - count..].iter().map(String::as_str)
    }

    /// A word, frequent ones more often.
    pub(crate) fn word(&self, random: &mut Random) -> &str {
        let total = self.weights.last().copied().unwrap_or(1);
        let at = random.next() % total;
        &self.words[self.weights.partition_point(|sum| *sum <= at)]
    }

    /// So many words with blanks between.
    pub(crate) fn text(&self, random: &mut Random, words: usize) -> String {
        let mut text = String::with_capacity(words * 8);
        for position in 0..words {
            if position > 0 {
                // Lines of a dozen words, sentences of as many.
                text.push_str(if position % 12 == 0 { ".\n" } else { " " });
            }
            text.push_str(self.word(random));
        }
        text
    }

    /// A word with two of its letters exchanged, so that it is no word.
    pub(crate) fn misspelt(&self, word: &str) -> Option<String> {
        let letters = word.as_bytes();
        (1..letters.len() - 1).find_map(|at| {
            let mut swapped = letters.to_vec();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).ok()?;
            (swapped != word && !self.known.contains(&swapped)).then_some(swapped)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_every_run_and_frequent_ones_come_often() {
        let vocabulary = Vocabulary::new();
        let text = vocabulary.text(&mut Random::new(7), 2000);
        assert_eq!(text, Vocabulary::new().text(&mut Random::new(7), 2000));
        let count = |wanted: &str| {
            let words = text.split(|c: char| !c.is_alphabetic());
            words.filter(|word| *word == wanted).count()
        };
        assert!(count(vocabulary.ranked(0)) > count(vocabulary.ranked(500)));
    }

    #[test]
    fn a_misspelt_word_is_no_word() {
        let vocabulary = Vocabulary::new();
        let wrong = vocabulary.misspelt(vocabulary.ranked(300)).unwrap();
        assert!(!vocabulary.known.contains(&wrong));
        assert_eq!(wrong.len(), vocabulary.ranked(300).len());
    }
}
