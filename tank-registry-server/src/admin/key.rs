//! `admin key`

use serde_json::{Value, json};
use tank_registry_core::access::Scopes;
use tank_registry_core::ops::{CreateKey, PerDay};
use tank_registry_core::store::Key;
use tank_registry_core::{Clock as _, Error, Registry, SystemClock, Viewer};

use super::Done;
use crate::cli::KeyCommand;

pub(super) async fn run(registry: &Registry, command: KeyCommand) -> Result<Done, Error> {
    let viewer = Viewer::Operator;
    match command {
        KeyCommand::Create {
            user,
            scope,
            expires_in_days,
            per_day,
        } => {
            let request = CreateKey {
                user,
                name: "command line".to_owned(),
                scopes: Scopes::new(scope),
                expires_in_days,
                per_day: match per_day.map(|quota| quota.0) {
                    None => PerDay::Default,
                    Some(None) => PerDay::Unlimited,
                    Some(Some(limit)) => PerDay::Limit(limit),
                },
            };
            let created = registry.create_key(&viewer, request).await?;
            let secret = created.secret.reveal().to_owned();
            let mut answer = described(&created.key);
            answer["key"] = json!(secret);
            Ok(Done {
                text: secret,
                json: answer,
            })
        }
        KeyCommand::List { user } => {
            let keys = registry.keys(&viewer, &user).await?;
            let described: Vec<Value> = keys.iter().map(described).collect();
            Ok(Done {
                text: table(&keys),
                json: json!({ "keys": described }),
            })
        }
        KeyCommand::Revoke { id } => {
            registry.revoke_key(&viewer, id).await?;
            Ok(Done {
                text: format!("key {id} is revoked"),
                json: json!({ "id": id, "revoked": true }),
            })
        }
    }
}

/// A key without what is secret of it.
fn described(key: &Key) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "start": key.start,
        "scopes": key.scopes,
        "perDay": key.per_day,
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "lastUsedAt": key.last_used,
        "revokedAt": key.revoked_at,
    })
}

fn table(keys: &[Key]) -> String {
    let now = SystemClock.now();
    let heads = [
        "ID",
        "KEY",
        "STATE",
        "SCOPES",
        "PER DAY",
        "EXPIRES",
        "LAST USED",
        "NAME",
    ];
    let mut rows = vec![heads.map(ToOwned::to_owned)];
    rows.extend(keys.iter().map(|key| {
        let state = if key.revoked_at.is_some() {
            "revoked"
        } else if key.expires_at <= now {
            "expired"
        } else {
            "good"
        };
        let scopes: Vec<&str> = key.scopes.as_slice().iter().map(|s| s.as_str()).collect();
        [
            key.id.to_string(),
            format!("{}…", key.start),
            state.to_owned(),
            scopes.join(","),
            key.per_day
                .map_or_else(|| "unlimited".to_owned(), |n| n.to_string()),
            key.expires_at.to_string(),
            key.last_used
                .map_or_else(|| "never".to_owned(), |at| at.to_string()),
            key.name.clone(),
        ]
    }));
    let widths: [usize; 8] = std::array::from_fn(|column| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}
