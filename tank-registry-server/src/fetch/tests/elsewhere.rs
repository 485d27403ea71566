//! A server on this machine, and names that lead to it.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::super::*;

/// What each lookup of a host answers, in order; the last answer stays.
#[derive(Debug, Default)]
pub(super) struct TestNames {
    answers: Mutex<BTreeMap<String, VecDeque<Vec<SocketAddr>>>>,
    pub(super) asked: Mutex<Vec<String>>,
}

impl TestNames {
    pub(super) fn set(&self, host: &str, answers: impl Into<VecDeque<Vec<SocketAddr>>>) {
        let mut hosts = self.answers.lock().unwrap();
        hosts.insert(host.to_owned(), answers.into());
    }
}

#[async_trait]
impl Names for TestNames {
    async fn addresses(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answers = answers.get_mut(host).ok_or(io::ErrorKind::NotFound)?;
        if answers.len() > 1 {
            return Ok(answers.pop_front().unwrap());
        }
        Ok(answers[0].clone())
    }
}

/// A server that notes what it is asked, and answers by host and path.
#[derive(Debug)]
pub(super) struct Elsewhere {
    pub(super) address: SocketAddr,
    pub(super) requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Elsewhere {
    /// Answers with what `answer` makes of "host path".
    pub(super) async fn new(
        answer: impl Fn(&str) -> Vec<u8> + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::with(move |mut stream, asked| {
            let answer = answer(&asked);
            async move {
                // A client that has had enough does not take the rest.
                let _ = stream.write_all(&answer).await;
            }
        })
        .await
    }

    pub(super) async fn with<F>(
        handle: impl Fn(TcpStream, String) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let path = head.split(' ').nth(1).unwrap();
                let host = head.lines().find_map(|line| line.strip_prefix("host: "));
                let asked = format!("{}{path}", host.unwrap());
                noted.lock().unwrap().push(head);
                tokio::spawn(handle(stream, asked));
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

pub(super) fn ok(body: &[u8]) -> Vec<u8> {
    answer("200 OK", "", body)
}

pub(super) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

pub(super) fn to(url: &str) -> Vec<u8> {
    answer("302 Found", &format!("location: {url}\r\n"), b"")
}

/// A fetcher to which addresses of this machine are the public ones, and which needs no certificate.
pub(super) fn fetcher(hosts: &[(&str, &[SocketAddr])]) -> (HttpsFetcher, Arc<TestNames>) {
    let names = Arc::new(TestNames::default());
    for (host, addresses) in hosts {
        names.set(host, [addresses.to_vec()]);
    }
    let rules = Rules {
        scheme: "http",
        is_public: |address| address.is_loopback(),
        time: TIME,
        roots: Vec::new(),
    };
    let fetcher = HttpsFetcher {
        hosts: Hosts::default(),
        names: Arc::clone(&names) as Arc<dyn Names>,
        rules,
    };
    (fetcher, names)
}
