//! The settings of a bucket as the store of packages takes them.

use tank_registry_s3::{S3Credentials, S3Options, S3OptionsError};

use super::error::SettingsError;
use super::layers::Loaded;
use super::{S3Settings, StorageKind};

impl S3Settings {
    /// The bucket and how to speak to it.
    pub(crate) fn options(&self) -> S3Options {
        let mut options = S3Options::new(self.bucket.clone().unwrap_or_default());
        options.region.clone_from(&self.region);
        options.endpoint.clone_from(&self.endpoint);
        options.prefix = self.prefix.clone().unwrap_or_default();
        options.path_style = self.path_style;
        options.allow_http = self.allow_http;
        options.presigned_uploads = self.presigned_uploads;
        options.presigned_downloads = self.presigned_downloads;
        if self.access_key_id.is_some() || self.secret_access_key.is_some() {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            options.credentials =
                S3Credentials::key(part(&self.access_key_id), part(&self.secret_access_key));
        }
        options
    }
}

impl Loaded {
    /// What is wrong with the bucket, where there is one.
    pub(super) fn check_bucket(&self) -> Option<SettingsError> {
        let storage = &self.settings.storage;
        if storage.kind != StorageKind::S3 {
            return None;
        }
        let missing = |name: &str, needing: &str, given: &str, reason: String| {
            Some(SettingsError::Missing {
                name: name.to_owned(),
                origin: self.origin(needing).clone(),
                given: format!("{needing} is {given}"),
                reason,
            })
        };
        let (bucket, id, secret) = ("s3.bucket", "s3.access_key_id", "s3.secret_access_key");
        if storage.s3.bucket.is_none() {
            let reason = "expected the name of a bucket".to_owned();
            return missing(bucket, "storage.kind", "s3", reason);
        }
        let error = storage.s3.options().check().err()?;
        let name = match error {
            S3OptionsError::Region(_) => "s3.region",
            S3OptionsError::Endpoint(_) | S3OptionsError::Http(_) => "s3.endpoint",
            S3OptionsError::VirtualHost { .. } => "s3.path_style",
            S3OptionsError::Prefix(_) => "s3.prefix",
            S3OptionsError::Key if storage.s3.access_key_id.is_none() => {
                return missing(id, secret, "set", error.to_string());
            }
            S3OptionsError::Key => return missing(secret, id, "set", error.to_string()),
            _ => bucket,
        };
        Some(SettingsError::Bucket {
            name: name.to_owned(),
            origin: self.origin(name).clone(),
            reason: match error {
                // The setting that allows it has a name here.
                S3OptionsError::Http(endpoint) => format!(
                    "`{endpoint}` is not encrypted; expected an https URL, or s3.allow_http = true"
                ),
                error => error.to_string(),
            },
        })
    }
}
