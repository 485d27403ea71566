//! Whether the registry works, for people and for load balancers.

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::Call;
use crate::http::answer;
use crate::http::body::Body;
use crate::ops::{Component, Health, HealthStatus};

impl Call<'_> {
    /// `GET /api/health`
    pub(super) async fn health(&self) -> Response<Body> {
        let health = self.registry.health().await;
        let status = match health.status() {
            HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
            HealthStatus::Error => StatusCode::SERVICE_UNAVAILABLE,
        };
        self.healthy(status, &health)
    }

    /// `GET /api/ready`
    pub(super) async fn ready(&self) -> Response<Body> {
        let health = self.registry.health().await;
        let status = match health.status() {
            HealthStatus::Ok => StatusCode::OK,
            HealthStatus::Degraded | HealthStatus::Error => StatusCode::SERVICE_UNAVAILABLE,
        };
        self.healthy(status, &health)
    }

    fn healthy(&self, status: StatusCode, health: &Health) -> Response<Body> {
        let word = match health.status() {
            HealthStatus::Ok => "ok",
            HealthStatus::Degraded => "degraded",
            HealthStatus::Error => "error",
        };
        // A scanner is not asked: a check must not cost a scan.
        let scanner = if health.has_scanner {
            "enabled"
        } else {
            "disabled"
        };
        let checks = json!({
            "database": component(health.database),
            "storage": component(health.storage),
            "scanner": { "status": scanner, "latency": null },
        });
        let body = json!({
            "status": word,
            "timestamp": self.registry.inner.clock.now(),
            "version": env!("CARGO_PKG_VERSION"),
            "checks": checks,
        });
        let mut response = answer::value(status, &body);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer::allow_any_origin(response.headers_mut());
        response
    }
}

fn component(component: Component) -> Value {
    let status = if component.healthy {
        "healthy"
    } else {
        "unhealthy"
    };
    let latency = u64::try_from(component.latency.as_millis()).unwrap_or(u64::MAX);
    json!({ "status": status, "latency": latency })
}
