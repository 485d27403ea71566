//! The registry under a prefix of a plain hyper service.
//!
//! `cargo run -p tank-registry-examples --bin hyper -- FOLDER`

use std::convert::Infallible;
use std::error::Error;
use std::path::PathBuf;

use http::{Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tank_registry_core::Registry;
use tank_registry_core::http::{Body, ClientAddr};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: hyper FOLDER")?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let registry =
        tank_registry_examples::open(&folder, &format!("http://{address}/registry")).await?;
    tokio::spawn(tank_registry_server::maintain(registry.clone()));

    println!("listening on http://{address}");
    loop {
        let (stream, peer) = listener.accept().await?;
        let registry = registry.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let registry = registry.clone();
            async move {
                request.extensions_mut().insert(ClientAddr(peer));
                Ok::<_, Infallible>(answer(&registry, request).await)
            }
        });
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("connection from {peer}: {error}");
            }
        });
    }
}

async fn answer(registry: &Registry, mut request: Request<Incoming>) -> Response<Body> {
    match below(request.uri(), "/registry") {
        Some(uri) => {
            *request.uri_mut() = uri;
            registry.handle(request).await
        }
        None => {
            let mut nothing = Response::new(Body::default());
            *nothing.status_mut() = StatusCode::NOT_FOUND;
            nothing
        }
    }
}

/// The path and query behind `prefix`, as the registry wants to see them.
fn below(uri: &Uri, prefix: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(prefix)?;
    if rest.starts_with('/') {
        rest.parse().ok()
    } else {
        None
    }
}
