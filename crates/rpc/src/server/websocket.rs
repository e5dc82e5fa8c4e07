//! WebSocket: a message is a request, or an answer, or a notification.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::connections::Connection;
use super::session::{Answers, Requests, converse};
use super::{Received, Share, Shared, TooMuch};

/// Serves a WebSocket until it closes.
pub(super) async fn serve<S>(shared: Arc<Shared>, stream: S, connection: &Connection)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let max = shared.limits.request_bytes_max;
    let config = WebSocketConfig::default()
        .max_message_size(Some(max))
        .max_frame_size(Some(max))
        .read_buffer_size(READ_BYTES);
    let meter = Meter(Arc::new(Mutex::new(Metered {
        bytes: 0,
        share: Share(None),
    })));
    let stream = MeteredStream {
        stream,
        meter: meter.clone(),
        shared: Arc::clone(&shared),
    };
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (sink, stream) = socket.split();
    converse(
        shared,
        Outgoing(sink),
        Incoming { stream, meter },
        connection,
    )
    .await;
}

/// A message that is shorter needs no share of the budget before it is complete.
const READ_BYTES: usize = 8 << 10;

struct Outgoing<S>(SplitSink<WebSocketStream<S>, Message>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Answers for Outgoing<S> {
    async fn send(&mut self, text: Vec<u8>) -> io::Result<()> {
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        self.0
            .send(Message::text(text))
            .await
            .map_err(io::Error::other)
    }

    async fn close(&mut self) {
        // The client may be gone already; then there is nobody to tell.
        let _ = self.0.close().await;
    }
}

struct Incoming<S> {
    stream: SplitStream<WebSocketStream<S>>,
    meter: Meter,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Requests for Incoming<S> {
    async fn next(&mut self) -> Option<Result<Received, TooMuch>> {
        loop {
            let bytes = match self.stream.next().await? {
                Ok(Message::Text(text)) => text.as_bytes().to_vec(),
                Ok(Message::Binary(bytes)) => bytes.to_vec(),
                // Pings are answered below us, and a close ends the stream.
                Ok(_) => continue,
                Err(Error::Capacity(_)) => return Some(Err(TooMuch::Request)),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
                    return Some(Err(TooMuch::Now));
                }
                Err(_) => return None,
            };
            let share = self.meter.take();
            return Some(Ok(Received { bytes, share }));
        }
    }
}

/// Counts what a message that is not complete yet holds, and takes its share of the budget.
#[derive(Clone)]
struct Meter(Arc<Mutex<Metered>>);

struct Metered {
    bytes: usize,
    share: Share,
}

impl Meter {
    fn count(&self, shared: &Shared, bytes: usize) -> Result<(), TooMuch> {
        let mut metered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        metered.bytes += bytes;
        let bytes = metered.bytes;
        if bytes <= READ_BYTES {
            return Ok(());
        }
        // A message of just the largest size has some bytes of frames around it.
        metered
            .share
            .cover(shared, bytes.min(shared.limits.request_bytes_max))
    }

    fn take(&self) -> Share {
        let mut metered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        metered.bytes = 0;
        std::mem::replace(&mut metered.share, Share(None))
    }
}

struct MeteredStream<S> {
    stream: S,
    meter: Meter,
    shared: Arc<Shared>,
}

impl<S: AsyncRead + Unpin> AsyncRead for MeteredStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        let bytes = into.filled().len() - before;
        let counted = self.meter.count(&self.shared, bytes);
        Poll::Ready(counted.map_err(|_| io::ErrorKind::OutOfMemory.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for MeteredStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
