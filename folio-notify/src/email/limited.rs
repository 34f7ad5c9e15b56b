//! A connection that is listened to with care.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How many bytes a mail server may say in one conversation, a TLS handshake included.
const MAX_BYTES: usize = 128 * 1024;

/// A TCP connection before anybody has shown a certificate.
///
/// It fails when the other side has said too much: an answer is read to its end, which somebody in the middle
/// could leave out. And it is read byte by byte, so that what somebody puts behind the answer to `STARTTLS`
/// meets the TLS handshake, and is not kept as the answer to what is asked after it.
#[derive(Debug)]
pub(super) struct Limited {
    stream: TcpStream,
    left: usize,
}

impl Limited {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            left: MAX_BYTES,
        }
    }
}

impl AsyncRead for Limited {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some(left) = self.left.checked_sub(1) else {
            return Poll::Ready(Err(io::Error::other("it says too much")));
        };
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
        buffer.put_slice(one.filled());
        self.left = left;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Limited {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Limited {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
