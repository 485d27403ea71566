//! A server's life: start, serve, end.

mod first_start;
mod signals;
mod try_next;

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tank_registry_core::{Registry, SystemClock, maintenance};
use tokio::net::TcpListener;

use crate::output;
use crate::settings::{Loaded, Origin, Settings};
use crate::stores::{self, Stores, StoresError};
use crate::{ServeOptions, maintain, serve};

use first_start::{FirstKey, FirstStartError, first_start};
use signals::Signals;
use try_next::TryNext;

/// A server could not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("cannot listen on {0}; expected an address of this machine and a port that is free")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("cannot watch for signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Stores(#[from] StoresError),
    #[error(transparent)]
    FirstStart(#[from] FirstStartError),
    #[error("cannot make a public URL of {0}; set server.public_url")]
    PublicUrl(SocketAddr),
    #[error("the place of the packages does not work")]
    Probe(#[source] tank_registry_core::Error),
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As it should.
    InOrder,
    /// A second signal did not let it finish.
    AtOnce,
}

pub(crate) async fn run(loaded: &Loaded) -> Result<Ended, StartError> {
    let settings = &loaded.settings;
    let listen = settings.server.listen;
    let failed = |error| StartError::Listen(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;

    let stores = stores::open(settings).await?;
    let (registry, first_key) = open_registry(&stores, settings, bound).await?;
    let url = settings.public_url(bound);
    let url = url.map_err(|_| StartError::PublicUrl(bound))?;
    // Until here a signal ends the process by itself.
    let mut signals = Signals::new().map_err(StartError::Signals)?;
    let mut second = Signals::new().map_err(StartError::Signals)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        data = %settings.server.data.display(),
        listen = %bound,
        public_url = %url,
        "serving"
    );
    if let Err(error) = output::say(format_args!("listening on http://{bound}")) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot write to stdout"
        );
    }
    if let Some(key) = &first_key {
        let binary = std::env::current_exe().unwrap_or_else(|_| "tank-registry-server".into());
        let next = TryNext {
            binary: &binary,
            place: place(loaded),
            url: url.as_str(),
            key,
            has_examples: Path::new("examples/publish.py").is_file(),
        };
        output::tell(next);
    }

    let serving = serve(
        listener,
        registry.clone(),
        ServeOptions::from(settings),
        signals.first(),
    );
    let (tidied, folder) = (registry.clone(), stores.folder.clone());
    let tidying = tokio::spawn(async { tokio::join!(maintain(tidied), maintain::sweep(folder)) });
    let ending = async {
        let cut = serving.await;
        tidying.abort();
        if cut > 0 {
            tracing::warn!(
                connections = cut,
                "requests that did not end in time were cut"
            );
        }
        if let Err(error) = maintenance::flush_counters(&registry).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the last counters could not be written");
        }
        stores.metadata.close().await;
        tracing::info!("ended");
        Ended::InOrder
    };
    Ok(tokio::select! {
        ended = ending => ended,
        () = second.second() => Ended::AtOnce,
    })
}

/// Makes the registry where there is none, then opens it and sees whether it works.
async fn open_registry(
    stores: &Stores,
    settings: &Settings,
    bound: SocketAddr,
) -> Result<(Registry, Option<FirstKey>), StartError> {
    let first_key = first_start(
        &stores.metadata,
        &SystemClock,
        &settings.server.data,
        io::stderr().is_terminal(),
    )
    .await?;
    if let Some(key) = &first_key {
        // Before anything else can fail: nobody will ever see this key again.
        output::tell(key);
    }
    let url = settings.public_url(bound);
    let url = url.map_err(|_| StartError::PublicUrl(bound))?;
    let registry = stores.registry(settings, url).await?;
    let probe = maintenance::probe_blobs(&registry).await;
    probe.map_err(StartError::Probe)?;
    Ok((registry, first_key))
}

/// The flags with which another command finds the same data folder.
fn place(loaded: &Loaded) -> Vec<(&'static str, PathBuf)> {
    let config = loaded.file.iter().map(|file| ("--config", file.clone()));
    let data = match loaded.origin("server.data") {
        Origin::Flag(_) | Origin::Environment(_) => Some(&loaded.settings.server.data),
        Origin::Default | Origin::File { .. } => None,
    };
    let data = data.into_iter().map(|data| ("--data", data.clone()));
    config.chain(data).collect()
}
