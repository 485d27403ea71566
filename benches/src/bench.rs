//! One run: what it was asked for, its places, and the rows so far.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::Fault;
use crate::cli::Cli;
use crate::place::Place;
use crate::table::Row;
use crate::vocabulary::Vocabulary;

pub(crate) struct Bench {
    cli: Cli,
    /// On the disk that is measured.
    scratch: TempDir,
    pub(crate) words: Arc<Vocabulary>,
    places: HashMap<usize, Arc<Place>>,
    made: usize,
    rows: Vec<Row>,
}

impl Bench {
    pub(crate) fn new(cli: Cli) -> Result<Self, Fault> {
        let program = std::env::current_exe()?;
        // Temporary folders are often no disk at all.
        let beside = program.parent().ok_or("no folder of programs")?;
        let folder = cli.data.as_deref().unwrap_or(beside);
        Ok(Self {
            scratch: TempDir::with_prefix_in("benches-", folder)?,
            cli,
            words: Arc::new(Vocabulary::new()),
            places: HashMap::new(),
            made: 0,
            rows: Vec::new(),
        })
    }

    /// Whether a group of rows is wanted.
    pub(crate) fn wants(&self, group: &str) -> bool {
        let only = &self.cli.only;
        only.is_empty() || only.iter().any(|part| group.contains(part.as_str()))
    }

    /// Says what goes on, beside the table.
    #[expect(clippy::unused_self, reason = "only a run has something to say")]
    pub(crate) fn say(&self, what: &str) {
        // Nobody may be listening.
        let _ = writeln!(std::io::stderr(), "{what} …");
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// A registry of so many skills; the same one each time.
    pub(crate) async fn place(&mut self, skills: usize) -> Result<Arc<Place>, Fault> {
        if let Some(place) = self.places.get(&skills) {
            return Ok(Arc::clone(place));
        }
        let place = Arc::new(self.new_place(skills).await?);
        self.places.insert(skills, Arc::clone(&place));
        Ok(place)
    }

    /// A registry of so many skills that nobody has used yet.
    pub(crate) async fn new_place(&mut self, skills: usize) -> Result<Place, Fault> {
        self.made += 1;
        let data = self.scratch.path().join(format!("data-{}", self.made));
        if skills == 0 {
            return Place::new(&data, &self.words, skills).await;
        }
        let kept = self.cli.filled.as_ref();
        let kept = kept.map(|folder| folder.join(format!("skills-{skills}")));
        if let Some(kept) = &kept
            && let Some(place) = Place::copied(kept, &data)?
        {
            return Ok(place);
        }
        self.say(&format!("filling a registry with {skills} skills"));
        let place = Place::new(&data, &self.words, skills).await?;
        if let Some(kept) = &kept {
            place.keep(kept)?;
        }
        Ok(place)
    }

    /// The registry with the most skills.
    pub(crate) async fn largest(&mut self) -> Result<Arc<Place>, Fault> {
        let most = self.sizes().last().copied().unwrap_or(1);
        self.place(most).await
    }

    /// Numbers of skills, the smallest first.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes = self.cli.skills.clone();
        if self.cli.quick {
            for size in &mut sizes {
                *size = (*size).min(200);
            }
        }
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// For files that are written to be compared with.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn rounds(&self) -> u32 {
        self.cli
            .rounds
            .unwrap_or(if self.cli.quick { 2 } else { 11 })
    }

    /// A number that is small where all is to be quick.
    pub(crate) fn scaled(&self, count: usize, quick: usize) -> usize {
        if self.cli.quick { quick } else { count }
    }

    /// Requests over which allocations are counted.
    pub(crate) fn counted_requests(&self) -> usize {
        self.scaled(400, 8)
    }
}
