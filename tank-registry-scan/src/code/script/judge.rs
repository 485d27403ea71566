//! What is sent is judged by what it is and where it goes.

use std::fmt::Write as _;

use tank_registry_core::scan::Severity;

use super::flow::Flow;
use super::ir::Span;
use super::names::{self, Host, HostClass, Owner};
use super::paths;
use super::rules;
use super::value::{Source, Taint, Value};

impl Flow<'_> {
    /// Judges what goes to a host in body or address, and in headers.
    pub(super) fn judge_send(
        &mut self,
        data: &Value,
        headers: &Value,
        host: &Host,
        how: &str,
        span: Span,
    ) {
        let mut worst: Option<(Severity, Taint)> = None;
        let mut secrets: Vec<&Taint> = Vec::new();
        for taint in &data.taints {
            if taint.source == Source::Variable {
                secrets.push(taint);
            }
            let Some(severity) = severity_of(taint, host, false) else {
                continue;
            };
            if worst.as_ref().is_none_or(|(known, _)| severity > *known) {
                worst = Some((severity, taint.clone()));
            }
        }
        for taint in &headers.taints {
            let Some(severity) = severity_of(taint, host, true) else {
                continue;
            };
            if worst.as_ref().is_none_or(|(known, _)| severity > *known) {
                worst = Some((severity, taint.clone()));
            }
        }
        let variable = self.judge_variables(data, &secrets, host, span);
        if let Some((severity, taint)) = variable
            && worst.as_ref().is_none_or(|(known, _)| severity > *known)
        {
            worst = Some((severity, taint));
        }
        let Some((severity, taint)) = worst else {
            return;
        };
        let only = Value::of_taints(std::slice::from_ref(&taint));
        let message = self.chain(
            &only,
            &[taint.source],
            &format!("{how} to {}", host.shown()),
            span,
        );
        let firm = severity >= Severity::High && taint.source <= Source::SecretVariables;
        self.note(&rules::EXFILTRATES, severity, span, message, firm);
    }

    /// An address with a session or a key in it that is told to somebody else than whom it is of.
    pub(super) fn judge_addresses(&mut self, data: &Value, host: &Host, span: Span) {
        if !matches!(
            host.class,
            HostClass::Other | HostClass::Drop | HostClass::Share
        ) {
            return;
        }
        let Some(fields) = &data.fields else { return };
        let told = fields.iter().any(|(key, value)| {
            let key = key.to_ascii_lowercase();
            // Where a service is to send people back to.
            let returns = [
                "url", "uri", "redirect", "callback", "return", "webhook", "next", "href",
            ]
            .iter()
            .any(|word| key.contains(word));
            let of = value
                .text
                .as_deref()
                .filter(|text| names::is_secret_address(text));
            !returns && of.is_some_and(|text| Host::of(text).name != host.name)
        });
        if told {
            let message = format!(
                "An address with a session or a key in it is told to {}, which is not whom it is of.",
                host.shown()
            );
            self.note(&rules::EXFILTRATES, Severity::High, span, message, false);
        }
    }

    /// Keys that are named: whose they are, and whether anything else goes along.
    pub(super) fn judge_variables(
        &self,
        data: &Value,
        secrets: &[&Taint],
        host: &Host,
        span: Span,
    ) -> Option<(Severity, Taint)> {
        let first = *secrets.first()?;
        if matches!(host.class, HostClass::Local | HostClass::Unknown) {
            return None;
        }
        let foreign: Vec<&&Taint> = secrets
            .iter()
            .filter(|taint| names::owner(&taint.what, &host.name) != Owner::Same)
            .collect();
        let taint = Taint::clone(foreign.first()?);
        if host.class == HostClass::Drop {
            return Some((Severity::Critical, taint));
        }
        let named = foreign
            .iter()
            .find(|taint| names::owner(&taint.what, &host.name) == Owner::Other);
        if let Some(named) = named {
            return Some((Severity::High, Taint::clone(named)));
        }
        // Encoded first, or nothing else: then the key is what is to be told.
        let code = self.source_of(span);
        let signs_in = ["auth", "login", "token", "session", "verify", "oauth"]
            .iter()
            .any(|word| code.to_ascii_lowercase().contains(&format!("/{word}")));
        let bare = data.fields.as_ref().is_none_or(|fields| {
            !fields.is_empty()
                && fields
                    .values()
                    .all(|field| field.has(Source::Variable) || field.has(Source::Identity))
        }) && (data.text.is_none());
        let in_body = code.contains("body")
            || code.contains("post")
            || code.contains("POST")
            || code.contains("json");
        if foreign.len() >= 2 && data.fields.is_some() && !signs_in
            || bare && in_body && !signs_in && secrets.len() == foreign.len()
            || first
                .encoded
                .is_some_and(|(_, how)| how == "base64" || how == "hex")
        {
            return Some((Severity::High, taint));
        }
        None
    }

    /// Data in a name that is looked up.
    pub(super) fn judge_lookup(&mut self, data: &Value, host: &Host, span: Span) {
        let worst = data
            .taints
            .iter()
            .filter(|taint| {
                taint.source <= Source::HomeFiles && taint.source != Source::Clock
                    || taint.source == Source::File
            })
            .min_by_key(|taint| taint.source)
            .cloned();
        if let Some(taint) = worst {
            let only = Value::of_taints(std::slice::from_ref(&taint));
            let message = self.chain(
                &only,
                &[taint.source],
                &format!("part of a name that is looked up at {}", host.shown()),
                span,
            );
            let severity = if taint.source <= Source::Variable {
                Severity::Critical
            } else {
                Severity::High
            };
            self.note(&rules::EXFILTRATES, severity, span, message, true);
        }
    }

    /// Where data comes from and what becomes of it, as a sentence.
    pub(super) fn chain(&self, value: &Value, sources: &[Source], end: &str, span: Span) -> String {
        let mut sentence = String::new();
        let taint = value
            .taints
            .iter()
            .find(|taint| sources.contains(&taint.source));
        if let Some(taint) = taint {
            let what = match taint.source {
                Source::Download if taint.what.is_empty() => "a download".to_owned(),
                Source::Download => format!("download from {}", taint.what),
                Source::Variable => format!("variable {}", taint.what),
                Source::Decoded => format!("decoded {}", taint.what),
                _ => taint.what.to_string(),
            };
            let _ = write!(sentence, "{what} (line {})", (self.lines)(taint.at));
            if let Some((at, how)) = taint.encoded {
                let _ = write!(sentence, " → {how} (line {})", (self.lines)(at));
            }
            sentence.push_str(" → ");
        }
        let _ = write!(sentence, "{end} (line {}).", self.line(span));
        sentence
    }
}

/// How bad it is that this goes there; keys by name are judged together.
fn severity_of(taint: &Taint, host: &Host, header: bool) -> Option<Severity> {
    use HostClass as H;
    use Severity as S;
    let drop = matches!(host.class, H::Drop);
    let known = matches!(host.class, H::Other | H::Model | H::Chat | H::Share);
    Some(match taint.source {
        Source::SecretFile | Source::Variable | Source::AgentStore if header => {
            return drop.then_some(S::Critical);
        }
        Source::SecretFile => {
            // Its own key file, to its own service.
            let soft = paths::secret_path(&taint.what).is_some_and(|found| found.read.is_none());
            match host.class {
                H::Local => S::Medium,
                _ if soft && !drop => return None,
                _ => S::Critical,
            }
        }
        Source::WholeEnvironment | Source::SecretVariables if host.class == H::Local => S::Medium,
        Source::WholeEnvironment | Source::SecretVariables => S::Critical,
        Source::AgentStore => {
            let loud = paths::secret_path(&taint.what).is_some_and(|found| found.read.is_some());
            match host.class {
                H::Drop => S::Critical,
                H::Other | H::Share | H::Chat if loud => S::High,
                H::Other | H::Share => S::Medium,
                _ => return None,
            }
        }
        _ if header => return None,
        Source::Clipboard | Source::HomeFiles | Source::Screen | Source::Location if drop => {
            S::Critical
        }
        Source::Identity | Source::File if drop => S::High,
        Source::Clipboard | Source::HomeFiles if known => S::High,
        Source::Screen | Source::Location if known => S::Medium,
        Source::Identity if known => S::Low,
        _ => return None,
    })
}
