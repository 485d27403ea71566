//! The three requests of a publish.

use crate::Fault;
use crate::archive::Archive;
use crate::client::{Connection, Request, target_of};

/// An upload session that was opened.
#[derive(Debug)]
pub(crate) struct Started {
    /// Where the bytes go.
    pub(crate) upload: String,
    version: String,
}

/// Opens the session.
pub(crate) async fn start(
    connection: &mut Connection,
    key: &str,
    archive: &Archive,
) -> Result<Started, Fault> {
    let body = serde_json::json!({ "manifest": archive.manifest });
    let request = Request::post("/api/v1/skills", key, &body);
    let answer = connection.fetch(&request, 200).await?.json()?;
    let text = |name: &str| {
        let text = answer[name].as_str().map(str::to_owned);
        text.ok_or_else(|| Fault::from(format!("no {name} in {answer}")))
    };
    Ok(Started {
        upload: target_of(&text("uploadUrl")?)?,
        version: text("versionId")?,
    })
}

/// The request that ends it.
pub(crate) fn confirm(started: &Started, key: &str, archive: &Archive) -> Request {
    let body = serde_json::json!({ "versionId": started.version, "integrity": archive.integrity });
    Request::post("/api/v1/skills/confirm", key, &body)
}

/// All of it.
pub(crate) async fn publish(
    connection: &mut Connection,
    key: &str,
    archive: &Archive,
) -> Result<(), Fault> {
    let started = start(connection, key, archive).await?;
    connection.put(&started.upload, &archive.bytes).await?;
    let confirm = confirm(&started, key, archive);
    let answer = connection.fetch(&confirm, 200).await?.json()?;
    if answer["status"] == "published" {
        Ok(())
    } else {
        Err(format!("not published: {answer}").into())
    }
}
