//! Two servers that speak the protocol of S3, each true where the other is not: `s3s-fs` checks
//! signatures, expiry and checksums; of conditional writes that race, moto lets exactly one win.
//!
//! They are installed by package name when a test first needs them, run on a free port of the
//! loopback, and end with the process that started them.

mod install;
mod server;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tank_registry_s3::{S3Blobs, S3Credentials, S3Options};
use tempfile::TempDir;

use server::Server;

/// One of the two.
#[derive(Debug)]
pub struct S3 {
    server: Server,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A bucket is a folder in this one.
    Files(TempDir),
    Memory,
}

/// The id and the secret that `s3s-fs` knows; moto takes any.
pub const KEY: (&str, &str) = ("tank-id", "tank-secret");

/// `s3s-fs`, the same for all of this process.
pub fn s3s_fs() -> &'static S3 {
    static SERVER: OnceLock<S3> = OnceLock::new();
    SERVER.get_or_init(own_s3s_fs)
}

/// `s3s-fs` for one test alone.
pub fn own_s3s_fs() -> S3 {
    let folder = TempDir::new().unwrap();
    let mut arguments = vec!["--host", "127.0.0.1", "--port", "0"];
    arguments.extend(["--access-key", KEY.0, "--secret-key", KEY.1]);
    arguments.push(folder.path().to_str().unwrap());
    S3 {
        server: Server::start(&install::s3s_fs(), &arguments, "running at "),
        kind: Kind::Files(folder),
    }
}

/// moto, the same for all of this process.
pub fn moto() -> &'static S3 {
    static SERVER: OnceLock<S3> = OnceLock::new();
    SERVER.get_or_init(|| S3 {
        server: Server::start(
            &install::moto(),
            &["-H", "127.0.0.1", "-p", "0"],
            "Running on ",
        ),
        kind: Kind::Memory,
    })
}

impl S3 {
    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// Where `s3s-fs` keeps its buckets.
    pub fn folder(&self) -> &Path {
        match &self.kind {
            Kind::Files(folder) => folder.path(),
            Kind::Memory => panic!("moto keeps no files"),
        }
    }

    /// A bucket that nobody has used, as its owner sees it.
    pub fn bucket(&self) -> S3Options {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("bucket-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        match &self.kind {
            Kind::Files(folder) => fs::create_dir(folder.path().join(&name)).unwrap(),
            Kind::Memory => {
                let created = ureq::put(format!("{}/{name}", self.url())).send_empty();
                assert_eq!(created.unwrap().status(), 200);
            }
        }
        self.named(&name)
    }

    /// A bucket of this name, which may not exist.
    pub fn named(&self, name: &str) -> S3Options {
        let mut options = S3Options::new(name);
        options.endpoint = Some(self.url().to_owned());
        options.region = Some("us-east-1".to_owned());
        options.allow_http = true;
        "registry/one".clone_into(&mut options.prefix);
        options.credentials = S3Credentials::key(KEY.0, KEY.1);
        options
    }

    /// What is left of uploads in parts that were neither completed nor given up; of `s3s-fs` in
    /// all buckets.
    pub fn unfinished(&self, bucket: &str) -> Vec<String> {
        match &self.kind {
            Kind::Files(folder) => {
                // They lie beside the buckets.
                let names = fs::read_dir(folder.path()).unwrap();
                let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
                names.filter(|name| name.contains("upload")).collect()
            }
            Kind::Memory => {
                let listed = ureq::get(format!("{}/{bucket}?uploads", self.url())).call();
                let text = listed.unwrap().body_mut().read_to_string().unwrap();
                assert!(text.contains("<ListMultipartUploadsResult"), "{text}");
                let uploads = text.split("<UploadId>").skip(1);
                uploads.map(ToOwned::to_owned).collect()
            }
        }
    }
}

/// Opens a bucket that must work.
pub async fn open(options: S3Options) -> S3Blobs {
    S3Blobs::open(options).await.unwrap()
}
