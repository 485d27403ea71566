#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod local;
#[cfg(feature = "s3")]
mod s3;

pub use local::{LocalBlobs, OpenError};
#[cfg(feature = "s3")]
pub use s3::{S3Blobs, S3Credentials, S3OpenError, S3Options, S3OptionsError};
