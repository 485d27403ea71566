//! A server with a service of the test's own, and a client that speaks bytes.

#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what helps it"
)]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tank_registry_server::serve::{RequestBody, ServeOptions, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower_service::Service;

type Answer = Response<Full<Bytes>>;
type Answering = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

pub(crate) trait Handler:
    Service<Request<RequestBody>, Response = Answer, Error = Infallible, Future = Answering>
    + Clone
    + Send
    + Sync
    + 'static
{
}

#[derive(Clone)]
struct Function<F>(F);

impl<F, A> Service<Request<RequestBody>> for Function<F>
where
    F: Fn(Request<RequestBody>) -> A,
    A: Future<Output = Answer> + Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Answering {
        let answer = (self.0)(request);
        Box::pin(async move { Ok(answer.await) })
    }
}

impl<F, A> Handler for Function<F>
where
    F: Fn(Request<RequestBody>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
}

pub(crate) fn handler<F, A>(function: F) -> impl Handler
where
    F: Fn(Request<RequestBody>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    Function(function)
}

pub(crate) fn answer(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<u32>,
}

impl Server {
    pub(crate) async fn start(handler: impl Handler) -> Self {
        Self::with(handler, |_| {}).await
    }

    pub(crate) async fn with(
        handler: impl Handler,
        change: impl FnOnce(&mut ServeOptions),
    ) -> Self {
        let mut options = ServeOptions::default();
        change(&mut options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            // A test that drops its server ends it as well.
            let _ = stopped.await;
        };
        let served = tokio::spawn(serve(listener, handler, options, shutdown));
        Self {
            address,
            stop,
            served,
        }
    }

    /// Asks it to end; answers how many connections were cut.
    pub(crate) fn stop(self) -> impl Future<Output = u32> {
        self.stop.send(()).unwrap();
        async { self.served.await.unwrap() }
    }
}

pub(crate) async fn client(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

pub(crate) async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// One answer with a length.
pub(crate) async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.unwrap_or("0").parse().unwrap() {
                return text;
            }
        }
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the connection ended after {text:?}");
        text.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
}

/// Everything up to an orderly end; a reset fails the test.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
