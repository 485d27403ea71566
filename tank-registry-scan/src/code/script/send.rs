//! Sending: what goes where decides.

use std::collections::BTreeMap;
use std::rc::Rc;

use tank_registry_core::scan::Severity;

use super::call::Given;
use super::flow::Flow;
use super::ir::Span;
use super::library;
use super::names::Host;
use super::rules;
use super::value::{Source, Taint, Value};
use crate::finding::Capability;

impl Flow<'_> {
    /// A request: where it goes, and what goes along.
    pub(super) fn request(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let last = library::last(path);
        let names_verb = given
            .at(0)
            .and_then(Value::exact)
            .is_some_and(|verb| verb.chars().all(|c| c.is_ascii_uppercase()));
        let position = usize::from(last == "request" && names_verb);
        let url = Self::url_of(given, position);
        let host = Host::of(url.text.as_deref().unwrap_or_default());
        let (body, may_send) = Self::body_of(path, given, position, &url);
        let mut data = Value::of_taints(&url.taints);
        for name in ["params", "searchParams", "qs", "query"] {
            if let Some(part) = given.named(name) {
                merge(&mut data, part);
            }
        }
        let mut headers = Value::default();
        for name in ["headers", "auth", "cookies"] {
            if let Some(part) = given.named(name) {
                headers.absorb(part);
            }
        }
        self.out.fact(span, Capability::Network, &host.name);
        let has_body = !body.taints.is_empty() || body.fields.is_some() || body.text.is_some();
        if has_body || !data.taints.is_empty() {
            self.out.fact(span, Capability::Send, &host.name);
        }
        merge(&mut data, &body);
        self.note_unverified(given, span);
        let prepared = last == "Request";
        let mut result = Value::of_path(format!("{path}()"));
        if prepared || path == "https.request" || path == "http.request" {
            result.text.clone_from(&url.text);
            result.absorb(&url);
            let fields = BTreeMap::from([(Rc::from("data"), data.clone())]);
            result.hold_fields(Rc::new(fields));
        }
        if prepared {
            return result;
        }
        let posts = given
            .named("method")
            .and_then(Value::exact)
            .is_some_and(|verb| !verb.eq_ignore_ascii_case("get"));
        let verb = if may_send || posts || !body.taints.is_empty() {
            "POST"
        } else {
            "GET"
        };
        self.judge_send(&data, &headers, &host, verb, span);
        self.judge_addresses(&data, &host, span);
        if last == "urlretrieve" || path == "wget.download" {
            let target = given.get(1, "filename").or_else(|| given.named("out"));
            let mut content = Value::default();
            content.taint(downloaded(&host, span));
            self.write(&target.cloned().unwrap_or_default(), &content, span);
        }
        result.taint(downloaded(&host, span));
        result
    }

    /// Where a request goes.
    fn url_of(given: &Given, position: usize) -> Value {
        let url = given
            .named("url")
            .or_else(|| given.named("uri"))
            .or_else(|| given.at(position));
        let host = given.named("hostname").or_else(|| given.named("host"));
        match (url, host) {
            (Some(url), None) => url.clone(),
            (Some(url), Some(_)) if url.text.is_some() => url.clone(),
            (_, Some(host)) => {
                let way = given.named("path").cloned().unwrap_or_default();
                Value::concat(&[Value::of_text("https://"), host.clone(), way])
            }
            (None, None) => Value::default(),
        }
    }

    /// What a request carries, and whether it is one that does.
    fn body_of(path: &str, given: &Given, position: usize, url: &Value) -> (Value, bool) {
        const NAMES: [&str; 9] = [
            "data",
            "json",
            "body",
            "files",
            "content",
            "form",
            "payload",
            "formData",
            "multipart",
        ];
        let mut body = Value::default();
        for name in NAMES {
            // Of a request that was made before as well.
            if let Some(part) = given.named(name).or_else(|| url.field(name)) {
                merge(&mut body, part);
            }
        }
        let may_send = matches!(
            library::last(path),
            "post" | "put" | "patch" | "urlopen" | "Request" | "sendBeacon" | "send"
        );
        let Some(second) = given.at(position + 1) else {
            return (body, may_send);
        };
        // The second may be options, whose parts are known by then.
        let options = second
            .fields
            .as_ref()
            .is_some_and(|fields| fields.contains_key("body") || fields.contains_key("headers"));
        if may_send && (!options || path.starts_with("axios")) {
            merge(&mut body, second);
        } else if second.fields.is_none() {
            let mut unknown = Value::of_taints(&second.taints);
            unknown
                .taints
                .retain(|taint| taint.source != Source::Variable);
            body.absorb(&unknown);
        }
        (body, may_send)
    }

    /// What is made for talking later.
    pub(super) fn connect(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let mut target = given.first();
        if path.starts_with("XMLHttpRequest") {
            target = given.at(1).cloned().unwrap_or_default();
            self.out.marks.request_url = target.text.as_deref().map(str::to_owned);
        }
        if let Some(items) = &target.items
            && let Some(host) = items.first()
        {
            target = host.clone();
        }
        if let Some(host) = given.named("host").or_else(|| given.named("hostname")) {
            target = host.clone();
        }
        if target.text.is_none()
            && target.number.is_some()
            && let Some(second) = given.at(1)
        {
            target = second.clone();
        }
        let host = Host::of(target.text.as_deref().unwrap_or_default());
        self.out.fact(span, Capability::Network, &host.name);
        let raw = path.contains("socket")
            || path.starts_with("net.")
            || path.starts_with("tls.")
            || path.starts_with("telnetlib")
            || path == "asyncio.open_connection";
        if raw {
            self.out
                .marks
                .connects
                .get_or_insert((span, host.name.clone()));
        }
        let joins = raw && path.ends_with(".connect");
        let mut result = Value::of_path(if joins {
            "socket.socket()".to_owned()
        } else {
            format!("{path}()")
        });
        result.text = target.text;
        result
    }

    /// What is sent on a connection that was made before.
    pub(super) fn transmit(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let mut data = Value::default();
        for (_, argument) in &given.arguments {
            merge(&mut data, argument);
        }
        let to = given
            .receiver
            .text
            .clone()
            .or_else(|| self.out.marks.request_url.as_deref().map(Into::into));
        let host = match (&to, &self.out.marks.connects) {
            (Some(to), _) => Host::of(to),
            (None, Some((_, host))) => Host::of(host),
            (None, None) => Host::unknown(),
        };
        self.out.fact(span, Capability::Network, &host.name);
        let how = if path.contains("mail") || path.contains("send_message") {
            "mail"
        } else if path.contains("boto3") || path.contains("putObject") {
            "upload"
        } else {
            "sent"
        };
        if !data.taints.is_empty() {
            self.out.fact(span, Capability::Send, &host.name);
        }
        let mut headers = Value::default();
        if let Some(part) = given.named("headers") {
            headers.absorb(part);
        }
        self.judge_send(&data, &headers, &host, how, span);
        let mut result = Value::of_path(format!("{path}()"));
        result.taint(downloaded(&host, span));
        result
    }

    /// A field or an element that is set, where that alone does something.
    pub(super) fn note_place(
        &mut self,
        holder: &Value,
        name: &str,
        key: Option<&str>,
        value: &Value,
        span: Span,
    ) {
        let Some(key) = key else {
            return;
        };
        if key == "NODE_TLS_REJECT_UNAUTHORIZED" && value.exact().is_some_and(|text| text == "0")
            || key == "_create_default_https_context"
            || key == "verify_mode" && value.path().ends_with("CERT_NONE")
        {
            self.note(
                &rules::NO_TLS,
                Severity::Medium,
                span,
                "Certificates are not verified.",
                false,
            );
        }
        let address = value
            .text
            .as_deref()
            .is_some_and(|text| text.starts_with("http"));
        if address
            && (key == "src" || key == "href" && name.contains("location"))
            && !value.taints.is_empty()
        {
            let host = Host::of(value.text.as_deref().unwrap_or_default());
            self.judge_send(value, &Value::default(), &host, "part of an address", span);
        }
        let _ = holder;
    }

    pub(super) fn note_unverified(&mut self, given: &Given, span: Span) {
        let off = |name: &str| {
            given
                .named(name)
                .is_some_and(|value| value.truth == Some(false))
        };
        if off("verify")
            || off("rejectUnauthorized")
            || off("verify_ssl")
            || given
                .named("ssl")
                .is_some_and(|value| value.truth == Some(false))
            || given
                .named("context")
                .is_some_and(|value| value.path().contains("unverified"))
        {
            self.note(
                &rules::NO_TLS,
                Severity::Medium,
                span,
                "Certificates are not verified.",
                false,
            );
        }
    }
}

fn merge(into: &mut Value, part: &Value) {
    into.absorb(part);
    if into.fields.is_none() {
        into.fields.clone_from(&part.fields);
    }
    if into.text.is_none() {
        into.text.clone_from(&part.text);
    }
}

fn downloaded(host: &Host, span: Span) -> Taint {
    Taint {
        source: Source::Download,
        at: span.start,
        what: host.name.as_str().into(),
        encoded: None,
    }
}
