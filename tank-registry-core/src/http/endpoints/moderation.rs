//! Scanning again, and releasing what is held: for administrators.

use http::Response;

use super::{Call, SMALL_BODY};
use crate::error::Error;
use crate::http::body::{Body, Pieces};
use crate::http::query::Query;
use crate::http::{answer, fields, wire};
use crate::model::{Reason, SkillName};
use crate::ops::{ReleaseVersion, RescanMany};
use crate::scan::AuditStatus;

impl Call<'_> {
    /// `POST /api/admin/packages/{name}/rescan`
    pub(super) async fn rescan(&self) -> Result<Response<Body>, Error> {
        self.rescan_number(None).await
    }

    /// `POST /api/admin/packages/{name}/versions/{version}/rescan`
    pub(super) async fn rescan_version(&self) -> Result<Response<Body>, Error> {
        self.rescan_number(Some(&self.params.version)).await
    }

    async fn rescan_number(&self, number: Option<&str>) -> Result<Response<Body>, Error> {
        self.viewer.require_moderator()?;
        let name = self.package()?;
        let rescanned = self.registry.rescan(self.viewer, &name, number).await?;
        answer::json(&wire::Rescanned::from(&rescanned))
    }

    /// `POST /api/admin/packages/rescan-many`
    pub(super) async fn rescan_many(&self, body: Pieces) -> Result<Response<Body>, Error> {
        self.viewer.require_moderator()?;
        let mut body = self.json(body, SMALL_BODY).await?;
        let standard = RescanMany::default();
        let status = fields::optional_text(&mut body, "status")?;
        let before = fields::optional_text(&mut body, "beforeScannedAt")?;
        let most = RescanMany::MAX_CONCURRENCY;
        let request = RescanMany {
            audit_status: status.as_deref().map(audit_status).transpose()?,
            scanned_before: before
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| fields::invalid("beforeScannedAt", "Invalid ISO datetime"))?,
            limit: fields::optional_number(&mut body, "limit", RescanMany::MAX_LIMIT)?
                .unwrap_or(standard.limit),
            concurrency: fields::optional_number(&mut body, "concurrency", most)?
                .unwrap_or(standard.concurrency),
            dry_run: fields::optional_flag(&mut body, "dryRun")?,
        };
        let many = self.registry.rescan_many(self.viewer, &request).await?;
        answer::json(&wire::RescannedMany::new(&many, request.dry_run))
    }

    /// `POST /api/admin/packages/{name}/versions/{version}/release`
    pub(super) async fn release(&self, body: Pieces) -> Result<Response<Body>, Error> {
        self.viewer.require_moderator()?;
        let mut body = self.json(body, SMALL_BODY).await?;
        let reason = fields::text(&mut body, "reason")?;
        let reason = Reason::parse(&reason);
        let request = ReleaseVersion {
            name: self.package()?,
            version: self.params.version.clone(),
            reason: reason.map_err(|error| fields::invalid("reason", error.to_string()))?,
            override_escalation: fields::optional_flag(&mut body, "overrideEscalation")?,
        };
        let released = self.registry.release(self.viewer, &request).await?;
        answer::json(&wire::Released::from(&released))
    }

    /// `GET /api/admin/held`
    pub(super) async fn held(&self) -> Result<Response<Body>, Error> {
        self.viewer.require_moderator()?;
        let mut query = Query::of(&self.head.uri);
        let page = query.page();
        query.finish()?;
        let held = self.registry.held_versions(self.viewer, page).await?;
        answer::json(&wire::HeldVersions::new(&held, page))
    }

    /// The name in the path. What is no name names nothing.
    fn package(&self) -> Result<SkillName, Error> {
        SkillName::parse(&self.params.name).map_err(|_| Error::PackageNotFound)
    }
}

fn audit_status(text: &str) -> Result<AuditStatus, Error> {
    let found = AuditStatus::ALL
        .into_iter()
        .find(|status| status.as_str() == text);
    found.ok_or_else(|| {
        let all = AuditStatus::ALL.map(|status| format!("\"{}\"", status.as_str()));
        let expected = format!("Invalid option: expected one of {}", all.join("|"));
        fields::invalid("status", expected)
    })
}
