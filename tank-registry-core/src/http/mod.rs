//! The registry over HTTP, on the types of the crate `http`: no server, no framework.
//!
//! [`Registry::handle`] takes any request and always answers. [`Registry`] is also a
//! [`tower_service::Service`], so that hyper, axum and tower take it as it is.
//!
//! Paths are seen relative to where the registry is mounted: `/api/v1/skills`, whatever comes
//! before it outside. Absolute URLs in answers come from the registry's
//! [`PublicUrl`](crate::PublicUrl) alone.

mod answer;
mod badge;
mod body;
mod caller;
mod compress;
mod condition;
mod endpoints;
mod error;
mod fields;
mod multipart;
mod openapi;
mod path;
mod proxies;
mod query;
mod range;
mod request_id;
mod route;
mod schema;
mod service;
mod wire;

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, COOKIE, VARY};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tracing::{Instrument as _, Span, field};

pub use body::Body;
pub use proxies::{TrustedProxies, TrustedProxiesError};

use crate::access::Viewer;
use crate::error::Error;
use crate::registry::Registry;

use body::{BoxError, Pieces};
use path::{PathError, Segments};
use request_id::RequestId;
pub(crate) use request_id::RequestIds;
use route::{Endpoint, Found};

/// The address of the connection's other end, be it a proxy. The host puts it into the request's
/// extensions; without it all anonymous callers share one rate limit. Who is behind a proxy is
/// found by [`Settings::trusted_proxies`](crate::Settings::trusted_proxies).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub SocketAddr);

impl Registry {
    /// Answers a request. It always does: what goes wrong inside becomes an answer too, and what a
    /// panic leaves behind is a 500 with an id to look for in the log.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (head, body) = request.into_parts();
        let id = RequestId::of(&head.headers, &self.inner.request_ids);
        let span = tracing::info_span!(
            "request",
            request_id = id.as_str(),
            method = %head.method,
            operation = field::Empty,
            outcome = field::Empty,
        );
        let is_head = head.method == Method::HEAD;
        let answered = async {
            let started = Instant::now();
            let answer = AssertUnwindSafe(self.answer(head, body))
                .catch_unwind()
                .await;
            let mut response = answer.unwrap_or_else(|panic| {
                let text = panic_text(&*panic);
                error::answer(&Error::internal("answering a request", text))
            });
            id.add_to(&mut response);
            if is_head {
                drop_body(&mut response);
            }
            let status = response.status().as_u16();
            Span::current().record("outcome", status);
            tracing::info!(status, elapsed = ?started.elapsed(), "answered");
            response
        };
        answered.instrument(span).await
    }

    async fn answer<B>(&self, head: Parts, body: B) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let segments = path::segments(head.uri.path());
        let is_api = segments.as_ref().map_or_else(|_| true, Segments::is_api);
        let found = segments.map(|segments| route::find(&segments, &head.method));
        if let Ok(Found::Endpoint(endpoint, _)) = &found {
            Span::current().record("operation", endpoint.name());
        }
        let is_exempt =
            !is_api || head.method == Method::OPTIONS || found.as_ref().is_ok_and(Found::is_exempt);
        if is_exempt {
            let mut response = self.dispatch(&head, body, Viewer::Anonymous, found).await;
            self.compress(&head, &mut response).await;
            return response;
        }
        let caller = match self.caller(&head).await {
            Ok(caller) => caller,
            Err(error) => return error::answer(&error),
        };
        let endpoint = found
            .as_ref()
            .ok()
            .and_then(|found| found.endpoint(&head.method));
        let decision = self.spend(&head, &caller, endpoint).await;
        let viewer = caller.viewer;
        let mut response = match &decision {
            Some(decision) if !decision.allowed => caller::limited(decision),
            _ => self.dispatch(&head, body, viewer.clone(), found).await,
        };
        if let Some(decision) = &decision {
            caller::add_rate_headers(&mut response, decision, self.inner.clock.now());
        }
        add_caching(&head, &viewer, &mut response);
        self.compress(&head, &mut response).await;
        response
    }

    async fn dispatch<B>(
        &self,
        head: &Parts,
        body: B,
        viewer: Viewer,
        found: Result<Found, PathError<'_>>,
    ) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let found = match found {
            Ok(found) => found,
            Err(error) => return error.answer(),
        };
        let (endpoint, params) = match found {
            Found::Nothing if head.method == Method::OPTIONS => {
                return answer::empty(StatusCode::NO_CONTENT);
            }
            Found::Nothing => return answer::message(StatusCode::NOT_FOUND, "Not found"),
            Found::Endpoint(endpoint, params) => (endpoint, params),
        };
        if head.method == Method::OPTIONS {
            return with_allow(answer::empty(StatusCode::NO_CONTENT), endpoint);
        }
        if !endpoint.allows(&head.method) {
            let refusal = answer::message(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
            return with_allow(refusal, endpoint);
        }
        if endpoint.needs_identity(&head.headers) && viewer.user().is_none() {
            return error::answer(&endpoint.unauthorized());
        }
        let body = Pieces::new(head, body, self.inner.settings.body_timeout);
        let call = endpoints::Call {
            registry: self,
            head,
            viewer: &viewer,
            params,
        };
        match call.run(endpoint, body).await {
            Ok(response) => response,
            Err(error) => error::answer(&error),
        }
    }
}

fn with_allow(mut response: Response<Body>, endpoint: Endpoint) -> Response<Body> {
    if let Ok(methods) = HeaderValue::try_from(endpoint.allow()) {
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}

/// What a shared cache may keep, and whom the answer depends on.
fn add_caching(head: &Parts, viewer: &Viewer, response: &mut Response<Body>) {
    let is_read = matches!(head.method, Method::GET | Method::HEAD);
    let is_nobodys = matches!(viewer, Viewer::Anonymous)
        && !head.headers.contains_key(AUTHORIZATION)
        && !head.headers.contains_key(COOKIE);
    // Of a copy that is still good the same may be kept as of a new one.
    let is_found = matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    let is_public = is_read && is_nobodys && is_found;
    let headers = response.headers_mut();
    let others = headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    if let Some(others) = others {
        headers.append(VARY, others);
    }
    let caching = if is_public {
        "public, no-cache"
    } else {
        "private, no-store"
    };
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(caching));
    if is_public {
        answer::allow_any_origin(headers);
    }
}

/// `HEAD` equals `GET` without the body; its length is still told.
fn drop_body(response: &mut Response<Body>) {
    let length = http_body::Body::size_hint(response.body()).exact();
    // What is not modified is as long as it was, which is not told.
    let length = length.filter(|_| response.status() != StatusCode::NOT_MODIFIED);
    if let Some(length) = length {
        response
            .headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert(length.into());
    }
    *response.body_mut() = Body::empty();
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.as_deref().unwrap_or("without a text"))
}
