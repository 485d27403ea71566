//! Searches: what they find, and what commands leave in the index.

mod model;
mod rules;
mod samples;
