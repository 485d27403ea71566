//! The registry inside an axum application, beside the application's own routes.
//!
//! `cargo run -p tank-registry-examples --bin axum -- FOLDER`

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use axum::{Extension, Router};
use tank_registry_core::http::ClientAddr;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: axum FOLDER")?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let registry =
        tank_registry_examples::open(&folder, &format!("http://{address}/registry")).await?;
    tokio::spawn(tank_registry_server::maintain(registry.clone()));

    let app = Router::new()
        .route("/", get(|| async { "the application's own page" }))
        // axum takes the prefix away; the registry sees `/api/…`.
        .nest_service("/registry", registry)
        .layer(from_fn(tell_client_address));

    println!("listening on http://{address}");
    axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .await?;
    Ok(())
}

/// The registry counts anonymous requests by this address.
async fn tell_client_address(
    Extension(ConnectInfo(address)): Extension<ConnectInfo<SocketAddr>>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    request.extensions_mut().insert(ClientAddr(address));
    next.run(request).await
}
