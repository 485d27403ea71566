//! Where and when the table was made.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::Fault;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The UTC day.
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) memory_gib: u64,
    /// Whether the programs were built with optimisation.
    pub(crate) optimised: bool,
}

impl Machine {
    /// This one, now.
    pub(crate) fn here() -> Result<Self, Fault> {
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let memory = fs::read_to_string("/proc/meminfo")?;
        let memory = value_of(&memory, "MemTotal").unwrap_or_default();
        let kibibytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let today = jiff::Timestamp::now().to_string();
        Ok(Self {
            date: today.split('T').next().unwrap_or_default().to_owned(),
            processor: value_of(&processors, "model name")
                .unwrap_or(std::env::consts::ARCH)
                .to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            memory_gib: (kibibytes + (1 << 19)) >> 20,
            optimised: !cfg!(debug_assertions),
        })
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let Self {
            date,
            processor,
            cores,
            kernel,
            memory_gib,
            optimised,
        } = self;
        let warning = if *optimised { "" } else { ", NOT OPTIMISED" };
        format!(
            "{date}, {processor}, {cores} cores, {memory_gib} GiB of memory, Linux {kernel}{warning}"
        )
    }
}

/// The first value of a name in a file of `name : value` lines.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}
