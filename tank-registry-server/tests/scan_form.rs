//! Forms to scan over real sockets, as a client's own library writes them.

#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what helps it"
)]

use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::Arc;

use async_trait::async_trait;
use flate2::Compression;
use flate2::write::GzEncoder;
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::ops::initialise;
use tank_registry_core::package::Package;
use tank_registry_core::scan::{ScanContext, ScanError, ScanReport};
use tank_registry_core::{ApiKey, PublicUrl, Registry, Scanner, SystemClock};
use tank_registry_server::{ServeOptions, serve};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::oneshot;

/// Finds nothing.
#[derive(Debug)]
struct Nothing;

#[async_trait]
impl Scanner for Nothing {
    async fn scan(&self, _: Arc<Package>, context: ScanContext) -> Result<ScanReport, ScanError> {
        assert!(context.manifest.is_some(), "a manifest was sent");
        Ok(ScanReport::new("nothing"))
    }

    fn rules_version(&self) -> String {
        "nothing".to_owned()
    }
}

/// A skill packed, in hexadecimal digits, which a script can read.
fn skill() -> String {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let contents: &[u8] = b"# A skill\n";
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    tar.append_data(&mut header, "SKILL.md", contents).unwrap();
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

/// The command line and the MCP server are programs of Node.
const NODE: &str = "
const [port, key, skill] = process.argv.slice(1);
const manifest = JSON.stringify({ name: '@acme/tools', version: '1.0.0', permissions: {} });
const scan = async (bytes) => {
    const form = new FormData();
    form.append('tarball', new Blob([bytes], { type: 'application/gzip' }), 'skill.tgz');
    form.append('manifest', manifest);
    const headers = { Authorization: `Bearer ${key}` };
    const url = `http://127.0.0.1:${port}/api/v1/scan`;
    const answer = await fetch(url, { method: 'POST', headers, body: form });
    return [answer.status, await answer.json()];
};
const check = (is, shown) => { if (!is) { console.error(JSON.stringify(shown)); process.exit(1); } };
(async () => {
    const good = await scan(Buffer.from(skill, 'hex'));
    check(good[0] === 200 && good[1].verdict === 'pass' && good[1].audit_score > 0, good);
    check(good[1].findings.length === 0 && 'SKILL.md' in good[1].file_hashes, good);
    const most = 50 * 1048576;
    const large = await scan(new Uint8Array(most + 1));
    const words = `Tarball too large: ${most + 1} bytes exceeds ${most} bytes`;
    check(large[0] === 413 && large[1].error === words, large);
    const huge = await scan(new Uint8Array(2 * most));
    check(huge[0] === 413 && huge[1].error.startsWith('Tarball too large: '), huge);
})();
";

#[tokio::test]
async fn what_node_sends_is_scanned_and_it_sees_what_is_too_large() {
    let (store, blobs) = (Arc::new(MemoryStore::new()), Arc::new(MemoryBlobs::new()));
    let key = ApiKey::generate().unwrap();
    initialise(&*store, &SystemClock, &key).await.unwrap();
    let url = PublicUrl::parse("http://registry.example").unwrap();
    let builder = Registry::builder(store, blobs, url).scanner(Arc::new(Nothing));
    let registry = builder.build().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(serve(listener, registry, ServeOptions::default(), shutdown));
    let output = Command::new("node")
        .args(["-e", NODE, &port, key.reveal(), &skill()])
        .stdin(Stdio::null())
        .output()
        .await;
    let output = output.unwrap_or_else(|error| panic!("this test needs node: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    stop.send(()).unwrap();
    serving.await.unwrap();
}
