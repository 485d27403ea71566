//! A light HTTP/1.1 client on one kept connection. It is the same for every server that is
//! measured, and must not be what the measurement is of.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Fault;
use crate::answers::Answer;

/// Read in one go: bodies of megabytes come in few pieces.
const BUFFER: usize = 256 << 10;

/// Most headers of an answer.
const HEADERS: usize = 32;

/// A request as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) target: String,
    bytes: Bytes,
}

impl Request {
    /// A request without a body.
    pub(crate) fn get(target: impl Into<String>, key: Option<&str>) -> Self {
        Self::build("GET", target.into(), key, &[], None)
    }

    /// A request for what has not this entity tag.
    pub(crate) fn get_unless(target: impl Into<String>, key: Option<&str>, etag: &str) -> Self {
        Self::build("GET", target.into(), key, &[("if-none-match", etag)], None)
    }

    /// A request with a JSON body.
    pub(crate) fn post(target: &str, key: &str, body: &serde_json::Value) -> Self {
        let json = ("content-type", "application/json");
        let body = body.to_string();
        Self::build(
            "POST",
            target.to_owned(),
            Some(key),
            &[json],
            Some(body.as_bytes()),
        )
    }

    fn build(
        method: &str,
        target: String,
        key: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Self {
        let mut text = format!("{method} {target} HTTP/1.1\r\nhost: registry\r\n");
        let authorization = key.map(|key| format!("Bearer {key}"));
        let authorization = authorization.iter().map(|text| ("authorization", &**text));
        let length = body.map(|body| body.len().to_string());
        let length = length.iter().map(|text| ("content-length", &**text));
        let headers = headers.iter().copied().chain(authorization).chain(length);
        for (name, value) in headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body.unwrap_or_default());
        Self {
            target,
            bytes: bytes.into(),
        }
    }
}

/// The path and query of an absolute URL.
pub(crate) fn target_of(url: &str) -> Result<String, Fault> {
    let target = url.parse::<http::Uri>()?;
    let target = target.path_and_query();
    Ok(target.ok_or("a URL without a path")?.to_string())
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What is known of an answer whose head has arrived.
struct Head {
    status: u16,
    length: usize,
    /// Bytes of the head itself.
    size: usize,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; BUFFER],
        })
    }

    /// Sends a request and reads the answer away; an answer of another status is a fault.
    pub(crate) async fn expect(&mut self, request: &Request, status: u16) -> Result<(), Fault> {
        self.stream.write_all(&request.bytes).await?;
        let (head, filled) = self.head().await?;
        if head.status != status {
            let text = String::from_utf8_lossy(&self.buffer[..filled]);
            let target = &request.target;
            return Err(format!("{target}: expected {status}, got {text}").into());
        }
        let mut missing = (head.size + head.length).saturating_sub(filled);
        while missing > 0 {
            missing = missing.saturating_sub(self.more(0).await?);
        }
        Ok(())
    }

    /// Sends a request and keeps the answer; one of another status is a fault.
    pub(crate) async fn fetch(&mut self, request: &Request, status: u16) -> Result<Answer, Fault> {
        self.stream.write_all(&request.bytes).await?;
        let answer = self.answer().await?;
        if answer.status.as_u16() != status {
            let target = &request.target;
            return Err(format!("{target}: expected {status}, got {answer:?}").into());
        }
        Ok(answer)
    }

    /// Uploads a body; an answer of another status than 200 is a fault.
    pub(crate) async fn put(&mut self, target: &str, body: &[u8]) -> Result<(), Fault> {
        let head = format!(
            "PUT {target} HTTP/1.1\r\nhost: registry\r\ncontent-type: application/gzip\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await?;
        self.stream.write_all(body).await?;
        match self.answer().await? {
            answer if answer.status == StatusCode::OK => Ok(()),
            answer => Err(format!("PUT: {answer:?}").into()),
        }
    }

    async fn answer(&mut self) -> Result<Answer, Fault> {
        let (head, filled) = self.head().await?;
        let mut headers = HeaderMap::new();
        let mut slots = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Response::new(&mut slots);
        parsed.parse(&self.buffer[..head.size])?;
        for header in &*parsed.headers {
            headers.append(
                HeaderName::from_bytes(header.name.as_bytes())?,
                HeaderValue::from_bytes(header.value)?,
            );
        }
        let mut body = self.buffer[head.size..filled].to_vec();
        while body.len() < head.length {
            let read = self.more(0).await?;
            body.extend_from_slice(&self.buffer[..read]);
        }
        Ok(Answer {
            status: StatusCode::from_u16(head.status)?,
            headers,
            body: body.into(),
        })
    }

    /// Reads until the head is there; answers it, and how much of the buffer is filled.
    async fn head(&mut self) -> Result<(Head, usize), Fault> {
        let mut filled = 0;
        loop {
            filled += self.more(filled).await?;
            if let Some(head) = parse(&self.buffer[..filled])? {
                return Ok((head, filled));
            }
        }
    }

    async fn more(&mut self, at: usize) -> Result<usize, Fault> {
        match self.stream.read(&mut self.buffer[at..]).await? {
            0 => Err("the server hung up within an answer".into()),
            read => Ok(read),
        }
    }
}

/// The head at the beginning of `bytes`, once it is whole.
fn parse(bytes: &[u8]) -> Result<Option<Head>, Fault> {
    let mut slots = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut slots);
    let httparse::Status::Complete(size) = response.parse(bytes)? else {
        return Ok(None);
    };
    let status = response.code.unwrap_or_default();
    let mut length = None;
    for header in &*response.headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            length = Some(std::str::from_utf8(header.value)?.parse()?);
        }
    }
    let length = match (status, length) {
        // Whatever its headers say.
        (204 | 304, _) => 0,
        (_, Some(length)) => length,
        (_, None) => return Err("an answer without a length".into()),
    };
    Ok(Some(Head {
        status,
        length,
        size,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_known_once_it_is_whole() {
        let text = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc";
        assert!(parse(&text[..20]).unwrap().is_none());
        let head = parse(text).unwrap().unwrap();
        assert_eq!((head.status, head.length), (200, 3));
        assert_eq!(&text[head.size..], b"abc");
    }

    #[test]
    fn not_modified_has_no_body_and_other_answers_must_tell_their_length() {
        let unchanged = b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n";
        assert_eq!(parse(unchanged).unwrap().unwrap().length, 0);
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
