//! Acts that mean something together: a connection and a shell, a walk and a cipher.

use tank_registry_core::scan::Severity;

use super::flow::Flow;
use super::ir::Span;
use super::output::Noted;
use super::rules;
use crate::finding::{Capability, Rule};

impl Flow<'_> {
    pub(super) fn patterns_of_behaviour(&mut self) {
        self.reverse_shell();
        self.ransom();
        self.wipe();
        self.fork_bomb();
        self.keys();
        self.payee();
        self.mangled();
    }

    /// What is typed, and somewhere that it goes to.
    fn keys(&mut self) {
        let Some(keys) = self.out.marks.keys else {
            return;
        };
        let sends = self
            .out
            .facts
            .iter()
            .find(|(_, capability, _)| *capability == Capability::Send)
            .map(|(at, _, host)| (*at, host.clone()));
        if let Some((at, host)) = sends {
            let message = format!(
                "keystrokes (line {}) → sent to {} (line {}).",
                self.line(keys),
                if host.is_empty() {
                    "a computed address"
                } else {
                    &host
                },
                (self.lines)(at)
            );
            self.proven(&rules::EXFILTRATES, Severity::Critical, keys, message);
        }
    }

    /// The clipboard is read, looked at for the address of a wallet, and set.
    fn payee(&mut self) {
        let reads = self.out.marks.clipboard;
        let looks = ["0x[a-f", "0x[A-F", "bc1", "[13][a-km"]
            .iter()
            .any(|part| self.code.contains(part));
        let sets = ["copy(", "writeText(", "writeSync(", "pbcopy"]
            .iter()
            .any(|part| self.code.contains(part));
        if let (Some(span), true, true) = (reads, looks, sets) {
            let message = "The address of a wallet on the clipboard is replaced.".to_owned();
            self.proven(&rules::SWAPS, Severity::Critical, span, message);
        }
    }

    fn proven(&mut self, rule: &'static Rule, severity: Severity, span: Span, message: String) {
        self.out.note(Noted {
            rule,
            severity,
            span,
            message,
            firm: true,
        });
    }

    fn reverse_shell(&mut self) {
        let marks = &self.out.marks;
        let Some((connects, host)) = marks.connects.clone() else {
            return;
        };
        let Some(hands_over) = marks.redirects.or(marks.starts_shell) else {
            return;
        };
        // A shell that is started beside a connection is handed over only where the two are joined.
        let joined = marks.redirects.is_some()
            || marks.pipes.is_some()
            || self.code.contains(".pipe(")
            || self.code.contains("stdin=")
            || self.code.contains("recv(")
            || self.code.contains("makefile(");
        if joined {
            let to = if host.is_empty() {
                "another machine"
            } else {
                &host
            };
            let message = format!(
                "connection to {to} (line {}) → a shell (line {}).",
                self.line(connects),
                self.line(hands_over)
            );
            self.proven(
                &rules::REVERSE_SHELL,
                Severity::Critical,
                hands_over,
                message,
            );
        }
    }

    fn ransom(&mut self) {
        let marks = &self.out.marks;
        let (Some(encrypts), Some(deletes)) = (marks.encrypts, marks.deletes_found) else {
            return;
        };
        let Some(walks) = marks.walks_home else {
            return;
        };
        let message = format!(
            "files of the home folder (line {}) → encryption (line {}) → overwritten or deleted (line {}).",
            self.line(walks),
            self.line(encrypts),
            self.line(deletes)
        );
        self.proven(&rules::DESTROYS, Severity::Critical, deletes, message);
    }

    fn wipe(&mut self) {
        if let (Some(walks), Some(deletes)) =
            (self.out.marks.walks_home, self.out.marks.deletes_all)
        {
            let message = format!(
                "files of the home folder or of the whole disk (line {}) → deleted (line {}).",
                self.line(walks),
                self.line(deletes)
            );
            self.proven(&rules::DESTROYS, Severity::Critical, deletes, message);
        }
    }

    fn fork_bomb(&mut self) {
        let Some(forks) = self.out.marks.forks else {
            return;
        };
        let within = self
            .out
            .endless
            .iter()
            .any(|span| span.start <= forks.start && forks.start < span.end);
        if within {
            self.proven(
                &rules::LOAD,
                Severity::High,
                forks,
                "Processes are started without end.".to_owned(),
            );
        }
    }

    /// Names that a tool made unreadable.
    fn mangled(&mut self) {
        const MANY: usize = 12;
        let mut names = self.code.match_indices("_0x").filter(|(at, _)| {
            self.code
                .as_bytes()
                .get(at + 3..at + 7)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
        let first = names.next().map(|(at, _)| at);
        if names.take(MANY).count() < MANY {
            return;
        }
        let acts = self.out.facts.iter().any(|(_, capability, _)| {
            matches!(
                capability,
                Capability::Exec
                    | Capability::Shell
                    | Capability::Eval
                    | Capability::Network
                    | Capability::ReadSecret
            )
        });
        // Names of functions are hidden too: that it asks for modules is enough.
        let acts = acts || self.code.contains("require(") || self.code.contains("process[");
        let severity = if acts {
            Severity::High
        } else {
            Severity::Medium
        };
        let start = u32::try_from(first.unwrap_or(0)).unwrap_or(0);
        let span = Span {
            start,
            end: start + 7,
        };
        let message = "The code was made unreadable by a tool.".to_owned();
        self.proven(&rules::MANGLED, severity, span, message);
    }
}
