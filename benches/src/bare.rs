//! A server that can hardly do less: hyper, a look-up of the path, and bytes from memory.

use std::convert::Infallible;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Fault;
use crate::answers::Answers;

/// Serves the answers in a folder until the process is killed. Says where it listens as the
/// registry's server does.
pub(crate) fn serve(folder: &Path) -> ExitCode {
    let served = Answers::read(folder).and_then(|answers| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(accept(Arc::new(answers)))
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "bare server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn accept(answers: Arc<Answers>) -> Result<(), Fault> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        let service = service_fn(move |request: Request<Incoming>| {
            let response = answer(&answers, &request);
            async { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async {
            // A client that is done hangs up.
            let _ = connection.await;
        });
    }
}

fn answer(answers: &Answers, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let target = request.uri().path_and_query();
    let Some(known) = target.and_then(|target| answers.of(target.as_str())) else {
        let mut nothing = Response::new(Full::default());
        *nothing.status_mut() = StatusCode::NOT_FOUND;
        return nothing;
    };
    let mut response = Response::new(Full::new(known.body.clone()));
    *response.status_mut() = known.status;
    response.headers_mut().clone_from(&known.headers);
    response
}
