//! That a host proves its name.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Certificate;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

/// A server with a certificate for a name, which it signed itself.
struct Secure {
    address: SocketAddr,
    certificate: Certificate,
    task: JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Secure {
    async fn new(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not believe the certificate goes away.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                stream.write_all(&ok(b"text")).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        Self {
            address,
            certificate: Certificate::from_der(cert.der()).unwrap(),
            task,
        }
    }
}

#[tokio::test]
async fn a_host_is_asked_over_https_when_its_certificate_is_for_its_name() {
    let (own, other) = tokio::join!(Secure::new("skills.sh"), Secure::new("ghcr.io"));
    for (server, trusts, expected) in [
        (&own, vec![own.certificate.clone()], None),
        (&other, vec![other.certificate.clone()], Some("Failed")),
        (&own, vec![other.certificate.clone()], Some("Failed")),
        (&own, Vec::new(), Some("Failed")),
    ] {
        let (mut fetcher, _) = fetcher(&[("skills.sh", &[server.address])]);
        fetcher.rules.scheme = "https";
        fetcher.rules.roots = trusts;
        let url = "https://skills.sh/a";
        match expected {
            None => assert_eq!(&fetch(&fetcher, url).await.unwrap().bytes[..], b"text"),
            Some(expected) => assert_eq!(refusal(&fetcher, url).await, expected),
        }
    }
}

#[tokio::test]
async fn a_host_that_cannot_prove_its_name_is_not_believed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 1];
        stream.read_exact(&mut hello).await.unwrap();
        stream.write_all(&ok(b"text")).await.unwrap();
        hello[0]
    });
    let (mut fetcher, _) = fetcher(&[("skills.sh", &[address])]);
    fetcher.rules.scheme = "https";
    assert_eq!(refusal(&fetcher, "https://skills.sh/a").await, "Failed");
    // The first byte of a handshake of TLS.
    assert_eq!(plain.await.unwrap(), 0x16);
}
