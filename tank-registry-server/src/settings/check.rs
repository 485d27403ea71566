//! Rules between settings, what was meant by a wrong name, and the settings as a document.

use std::fmt::Write as _;

use super::error::{SettingsError, SettingsErrors};
use super::layers::Loaded;
use super::parse::show_bytes;
use super::table::{Setting, TABLE};

impl Loaded {
    /// What only a server that listens must keep.
    ///
    /// # Errors
    ///
    /// When other machines can reach the listen address and no public URL is set, when no archive
    /// of the size allowed could ever be confirmed, or when packages are to be kept in a bucket and
    /// the settings name none.
    pub fn check_serving(&self) -> Result<(), SettingsErrors> {
        let mut errors = Vec::new();
        let server = &self.settings.server;
        if !server.listen.ip().is_loopback() && server.public_url.is_none() {
            let host = if server.listen.ip().is_unspecified() {
                "registry.example.org".to_owned()
            } else if server.listen.is_ipv6() {
                format!("[{}]", server.listen.ip())
            } else {
                server.listen.ip().to_string()
            };
            errors.push(SettingsError::NoPublicUrl {
                listen: server.listen,
                origin: self.origin("server.listen").clone(),
                example: format!("http://{host}:{}", server.listen.port()),
                file: self.file.as_ref().map_or_else(
                    || "a file for --config".to_owned(),
                    |file| file.display().to_string(),
                ),
            });
        }
        let limits = &self.settings.limits;
        let package = self.settings.for_core().package;
        let least = package.working_memory(package.compressed);
        if limits.confirm_memory < least {
            errors.push(SettingsError::ConfirmMemory {
                origin: self.origin("limits.confirm_memory").clone(),
                value: show_bytes(limits.confirm_memory),
                least: show_bytes(least),
            });
        }
        #[cfg(feature = "s3")]
        errors.extend(self.check_bucket());
        if errors.is_empty() {
            Ok(())
        } else {
            Err(SettingsErrors(errors))
        }
    }

    /// All settings as TOML, each with its origin; secrets are not shown.
    pub fn document(&self) -> String {
        let mut text = String::new();
        let mut last = "";
        for row in TABLE {
            if section(row) != last {
                let gap = if last.is_empty() { "" } else { "\n" };
                last = section(row);
                let _ = writeln!(text, "{gap}[{last}]");
            }
            let key = key(row);
            let origin = self.origin(row.name);
            let _ = match row.show(&self.settings) {
                Some(_) if row.is_secret => {
                    writeln!(text, "# {key} is set and not shown  # {origin}")
                }
                Some(value) => writeln!(text, "{key} = {value}  # {origin}"),
                None => writeln!(text, "# {key} is not set"),
            };
        }
        text
    }
}

pub(super) fn section(row: &Setting) -> &'static str {
    row.name.split_once('.').map_or("", |(section, _)| section)
}

fn key(row: &Setting) -> &'static str {
    row.name.split_once('.').map_or(row.name, |(_, key)| key)
}

/// What was meant by a name that is no setting, or what there is.
pub(super) fn hint(name: &str) -> String {
    let written = name.rsplit_once('.').map_or(name, |(_, key)| key);
    let nearest = TABLE
        .iter()
        .map(|row| {
            let moved = (key(row) == written).then_some(0);
            (moved.unwrap_or_else(|| distance(name, row.name)), row.name)
        })
        .min();
    if let Some((0..=3, nearest)) = nearest {
        return format!("did you mean {nearest}?");
    }
    let wanted = name.split_once('.').map_or(name, |(section, _)| section);
    let keys: Vec<&str> = TABLE
        .iter()
        .filter(|row| section(row) == wanted)
        .map(key)
        .collect();
    if !keys.is_empty() {
        return format!("[{wanted}] has {}", keys.join(", "));
    }
    let mut sections: Vec<&str> = TABLE.iter().map(section).collect();
    sections.dedup();
    format!("the sections are {}", sections.join(", "))
}

/// Letters to insert, delete or replace.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
