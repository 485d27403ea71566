//! Running code, shells and programs: what reaches them decides.

use tank_registry_core::scan::Severity;

use super::call::Given;
use super::flow::Flow;
use super::ir::Span;
use super::library::Model;
use super::rules;
use super::value::{Source, Value};
use crate::finding::Capability;

impl Flow<'_> {
    /// A function that runs code is reached by a name that was put together.
    pub(super) fn hidden_call(&mut self, model: Model, path: &str, span: Span) {
        if matches!(
            model,
            Model::Code | Model::Shell | Model::Program | Model::Compile
        ) {
            // A command that is plain to see says itself what it does.
            let code = self.source_of(span);
            let direct = code.starts_with("__import__(") && !matches!(model, Model::Code);
            let severity = if direct {
                Severity::Medium
            } else {
                Severity::High
            };
            self.note(
                &rules::HIDDEN_CALL,
                severity,
                span,
                format!(
                    "{path} is called by a name that is looked up or put together, which hides it."
                ),
                false,
            );
        } else if matches!(model, Model::Deserialize) {
            self.note(
                &rules::HIDDEN_CALL,
                Severity::Medium,
                span,
                format!("{path} is called by a name that is looked up, which hides it."),
                false,
            );
        }
    }

    /// Text that is run as code.
    pub(super) fn run_code(&mut self, path: &str, given: &Given, span: Span, compiled: bool) {
        // `new Function(a, b, body)` runs its last argument.
        let code = if path == "Function" {
            given
                .arguments
                .last()
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        } else {
            given.first()
        };
        let mut code = code;
        if given.arguments.is_empty() {
            code = given.receiver.clone();
        }
        self.out.fact(span, Capability::Eval, path);
        if code.function.is_some() {
            return;
        }
        let exact = code.exact().map(str::to_owned);
        if code.has(Source::Download) && exact.is_none() {
            let message = self.chain(&code, &[Source::Download], "run as code", span);
            self.note(&rules::REMOTE_CODE, Severity::Critical, span, message, true);
            return;
        }
        if code.has(Source::Decoded) {
            let message = self.chain(&code, &[Source::Decoded], "run as code", span);
            self.note(
                &rules::DECODED_CODE,
                Severity::Critical,
                span,
                message,
                true,
            );
            if let Some(text) = exact {
                self.out.codes.insert(span.start, (text, "decoded code"));
            }
            return;
        }
        if let Some(text) = exact {
            if text.len() > 3 {
                self.note(
                    &rules::LITERAL_CODE,
                    Severity::Low,
                    span,
                    format!("{path} runs a text that is written in place."),
                    false,
                );
                self.out.codes.insert(span.start, (text, ""));
            }
            return;
        }
        if compiled && self.python {
            return;
        }
        let asked = code
            .origin(Source::Parameter)
            .is_some_and(|taint| is_input_name(&taint.what));
        // With nothing to call, it computes.
        let bare = given
            .at(1)
            .is_some_and(|names| names.field("__builtins__").is_some());
        let (severity, message) = if bare {
            (
                Severity::Medium,
                format!("{path} computes a text that is known only when it runs."),
            )
        } else if code.has(Source::Input) || asked {
            (
                Severity::High,
                format!("Input reaches {path} and is run as code."),
            )
        } else if let Some(file) = code
            .origin(Source::File)
            .filter(|file| is_no_code(&file.what))
        {
            let message = format!(
                "{path} runs what {} holds, which by its name is no code.",
                file.what
            );
            (Severity::High, message)
        } else if code.has(Source::File) && !code.has(Source::Parameter) {
            (Severity::Medium, format!("{path} runs what a file holds."))
        } else if code.taints.is_empty() && code.text.is_none() && !self.python {
            (
                Severity::High,
                format!("{path} runs a text that is put together when it runs."),
            )
        } else {
            (
                Severity::Medium,
                format!("{path} runs a text that is known only when it runs."),
            )
        };
        self.note(&rules::DYNAMIC_CODE, severity, span, message, false);
    }

    pub(super) fn deserialize(&mut self, path: &str, given: &Given, span: Span) {
        let data = given.all();
        let only_data = path.starts_with("torch") || path.starts_with("joblib");
        if only_data && !data.has(Source::Download) {
            return;
        }
        let loader = given.get(1, "Loader").map(Value::path).unwrap_or_default();
        if path.starts_with("yaml") && (loader.contains("Safe") || loader.contains("BaseLoader")) {
            return;
        }
        // Of YAML for JavaScript, loading is safe.
        if path.starts_with("yaml") && !self.python {
            return;
        }
        if data.has(Source::Download) {
            let message = self.chain(
                &data,
                &[Source::Download],
                "turned into objects, which can run code",
                span,
            );
            self.note(&rules::DESERIALIZE, Severity::High, span, message, true);
        } else if path.starts_with("marshal") && data.has(Source::Decoded) {
            let message = self.chain(&data, &[Source::Decoded], "loaded as code", span);
            self.note(
                &rules::DECODED_CODE,
                Severity::Critical,
                span,
                message,
                true,
            );
        } else if data.has(Source::Input) || data.has(Source::Decoded) {
            self.note(
                &rules::DESERIALIZE,
                Severity::High,
                span,
                format!("{path} builds objects from input, which can run code."),
                false,
            );
        } else {
            self.note(
                &rules::DESERIALIZE,
                Severity::Medium,
                span,
                format!("{path} builds objects that can run code."),
                false,
            );
        }
    }
}

/// Whether a file is by its name something else than code.
fn is_no_code(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        &*extension.to_ascii_lowercase(),
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "svg"
            | "ico"
            | "webp"
            | "pdf"
            | "txt"
            | "log"
            | "dat"
            | "bin"
            | "md"
            | "csv"
            | "ttf"
            | "woff"
            | "mp3"
            | "css"
    )
}

/// Whether a parameter is by its name what somebody else gave.
pub(super) fn is_input_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "user_",
        "user",
        "input",
        "untrusted",
        "request",
        "payload",
        "query",
    ]
    .iter()
    .any(|word| {
        name.strip_suffix(word).is_some()
            || name.starts_with("user_")
            || name.starts_with("untrusted")
    })
}
