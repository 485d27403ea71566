//! Answers that are the same for everyone, as they are sent.

use super::tagged::Tagged;
use crate::model::{Revision, SkillId, Timestamp, VersionKey};

/// How long counters in a document may stand still while others move them.
const COUNTERS_MILLIS: i64 = 10_000;

/// How often in that time a document is made anew because a counter moved here.
const REMAKES: u32 = 8;

/// Which document. A skill of another revision has other documents, and so has another hour:
/// links in documents are renewed on its edge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct DocumentKey {
    pub(crate) skill: SkillId,
    pub(crate) revision: Revision,
    pub(crate) kind: DocumentKind,
    pub(crate) hour: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum DocumentKind {
    Skill,
    Versions,
    Version(VersionKey),
    Files(VersionKey),
    /// Without evidence.
    Scan(VersionKey),
}

/// What a document was made of, besides what its key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MadeOf {
    /// The publisher's row.
    pub(crate) publisher: Option<Revision>,
    /// How often the skill's counters had moved in this process.
    pub(crate) moved: u64,
}

/// An answer in JSON that anyone may have.
pub(crate) struct Document {
    answer: Tagged,
    made_of: MadeOf,
    made_at: Timestamp,
    /// When the run of remakes began that this one belongs to, and how many it had.
    run: (Timestamp, u32),
}

impl Document {
    /// From its bytes, in place of an earlier one.
    pub(crate) fn new(
        body: Vec<u8>,
        made_of: MadeOf,
        now: Timestamp,
        earlier: Option<&Self>,
    ) -> Self {
        let run = match earlier.map(|earlier| earlier.run) {
            Some((since, count)) if is_within(since, now) => (since, count + 1),
            _ => (now, 0),
        };
        Self {
            answer: Tagged::new(body),
            made_of,
            made_at: now,
            run,
        }
    }

    /// Whether it may still be served.
    ///
    /// A counter that moved in this process shows at once, unless it moves so often that documents
    /// would be made for every request; then, and when it moved elsewhere, it shows after ten
    /// seconds.
    pub(crate) fn is_current(&self, made_of: MadeOf, now: Timestamp) -> bool {
        let is_busy = self.run.1 >= REMAKES && is_within(self.run.0, now);
        self.made_of.publisher == made_of.publisher
            && is_within(self.made_at, now)
            && (self.made_of.moved == made_of.moved || is_busy)
    }

    /// What is sent.
    pub(crate) fn answer(&self) -> &Tagged {
        &self.answer
    }

    /// Bytes of memory.
    pub(super) fn weight(&self) -> u64 {
        // Compressed it takes another third, more or less.
        512 + self.answer.len() as u64 * 4 / 3
    }
}

fn is_within(since: Timestamp, now: Timestamp) -> bool {
    let age = now.as_millis() - since.as_millis();
    (0..COUNTERS_MILLIS).contains(&age)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn made_of(moved: u64) -> MadeOf {
        MadeOf {
            publisher: Some(Revision(1)),
            moved,
        }
    }

    fn after(millis: i64) -> Timestamp {
        Timestamp::from_millis(NOW.as_millis() + millis)
    }

    #[test]
    fn a_document_ends_with_its_publishers_row_and_after_ten_seconds() {
        let document = Document::new(b"{}".to_vec(), made_of(0), NOW, None);
        assert!(document.is_current(made_of(0), after(9_999)));
        assert!(!document.is_current(made_of(0), after(10_000)));
        assert!(!document.is_current(made_of(0), after(-1)));
        let renamed = MadeOf {
            publisher: Some(Revision(2)),
            moved: 0,
        };
        assert!(!document.is_current(renamed, NOW));
    }

    #[test]
    fn a_counter_that_moves_all_the_time_does_not_make_a_document_for_every_request() {
        let mut document = Document::new(b"{}".to_vec(), made_of(0), NOW, None);
        let mut made = 0;
        for moved in 1..100 {
            if !document.is_current(made_of(moved), after(100)) {
                made += 1;
                document =
                    Document::new(b"{}".to_vec(), made_of(moved), after(100), Some(&document));
            }
        }
        assert_eq!(made, REMAKES);
        assert!(!document.is_current(made_of(100), after(10_000)));
    }
}
