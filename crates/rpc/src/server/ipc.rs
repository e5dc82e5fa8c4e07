//! The Unix socket: JSON values one after another, with or without line ends between them.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdListener;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::connections::Connection;
use super::session::{Answers, Requests, converse};
use super::{Received, Shared, TooMuch};

/// Opens the socket, for this user alone. A socket that a dead node left behind is replaced.
pub(super) fn bind(path: &Path) -> io::Result<StdListener> {
    let listener = match StdListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                return Err(error); // Somebody answers there.
            }
            std::fs::remove_file(path)?;
            StdListener::bind(path)?
        }
        other => other?,
    };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Accepts connections for as long as the runtime lives.
pub(super) async fn listen(shared: Arc<Shared>, listener: UnixListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        let Some(connection) = Connection::open(&shared) else {
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let (reader, writer) = stream.into_split();
            let requests = Incoming {
                reader,
                shared: Arc::clone(&shared),
                buffer: vec![0; READ_BYTES],
                filled: 0..0,
            };
            converse(shared, Outgoing(writer), requests, &connection).await;
        });
    }
}

const READ_BYTES: usize = 8 << 10;

struct Outgoing(OwnedWriteHalf);

impl Answers for Outgoing {
    async fn send(&mut self, mut text: Vec<u8>) -> io::Result<()> {
        text.push(b'\n');
        self.0.write_all(&text).await
    }

    async fn close(&mut self) {
        // The client may be gone already; then there is nobody to tell.
        let _ = self.0.shutdown().await;
    }
}

struct Incoming {
    reader: OwnedReadHalf,
    shared: Arc<Shared>,
    buffer: Vec<u8>,
    /// What was read and is not looked at yet.
    filled: std::ops::Range<usize>,
}

impl Requests for Incoming {
    async fn next(&mut self) -> Option<Result<Received, TooMuch>> {
        let mut request = Received::new();
        let mut scanner = Scanner::default();
        loop {
            if self.filled.is_empty() {
                let read = self.reader.read(&mut self.buffer).await.ok()?;
                if read == 0 {
                    return None;
                }
                self.filled = 0..read;
            }
            let unseen = &self.buffer[self.filled.clone()];
            let end = scanner.scan(unseen);
            let piece = &unseen[..end.unwrap_or(unseen.len())];
            if let Err(why) = request.push(&self.shared, piece) {
                return Some(Err(why));
            }
            self.filled.start += piece.len();
            if end.is_some() {
                return Some(Ok(request));
            }
        }
    }
}

/// Finds where a JSON value ends, without understanding it.
#[derive(Debug, Default)]
struct Scanner {
    depth: usize,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Scanner {
    /// How many of these bytes still belong to the value, if it ends in them.
    ///
    /// Only objects and arrays are requests; anything else ends with its line, for the parser to
    /// refuse.
    fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        for (place, byte) in bytes.iter().enumerate() {
            if self.escaped {
                self.escaped = false;
                continue;
            }
            match byte {
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(place + 1);
                    }
                }
                b'\n' if self.begun && self.depth == 0 => return Some(place + 1),
                _ => {}
            }
            self.begun |= !byte.is_ascii_whitespace();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Scanner;

    #[test]
    fn values_end_where_their_bracket_closes() {
        let scan = |text: &str| Scanner::default().scan(text.as_bytes());
        assert_eq!(scan("{}{}"), Some(2));
        assert_eq!(scan("\n [{\"a\":\"]}\\\"\"}] "), Some(16));
        assert_eq!(scan("{\"a\":\"}"), None);
        assert_eq!(scan("nonsense\n{}"), Some(9));
        assert_eq!(scan("]"), Some(1));
    }

    #[test]
    fn a_value_may_come_in_pieces() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.scan(b"{\"a\\"), None);
        assert_eq!(scanner.scan(b"\"}"), None);
        assert_eq!(scanner.scan(b"\":1}x"), Some(4));
    }
}
