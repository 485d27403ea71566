//! The language of searches: what words a text has, how far apart two are, and which match is best.

mod distance;

pub use distance::distance;
