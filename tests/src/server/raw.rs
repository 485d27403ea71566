//! A connection that keeps to no rule of its own.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::wait::PATIENCE;

/// A socket; what never comes fails the test after [`PATIENCE`].
#[derive(Debug)]
pub struct Raw(TcpStream);

impl Raw {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).unwrap();
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.0.write_all(bytes.as_ref())
    }

    /// Everything until the other side closes in order; a reset fails the test.
    pub fn read_to_end(&mut self) -> String {
        String::from_utf8(self.read_all()).unwrap()
    }

    /// The same where it is no text.
    pub fn read_all(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// The next bytes, at least one and at most so many.
    pub fn read_some(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = vec![0; most];
        let length = self.0.read(&mut bytes).unwrap();
        assert!(length > 0, "it ended");
        bytes.truncate(length);
        bytes
    }

    /// Everything until this text has come.
    pub fn read_until(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let so_far = String::from_utf8_lossy(&read);
            if so_far.contains(text) {
                return so_far.into_owned();
            }
            let length = self.0.read(&mut piece).unwrap();
            assert!(length > 0, "it ended after {so_far:?}, before {text:?}");
            read.extend_from_slice(&piece[..length]);
        }
    }

    /// Another handle on the same socket.
    #[must_use]
    pub fn twin(&self) -> Self {
        Self(self.0.try_clone().unwrap())
    }
}
