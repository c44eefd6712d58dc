//! When a connection was last alive: what was read and written, below HTTP and WebSockets.
//!
//! A peer is lost when it reads nothing of what it is sent, or does not answer a ping, for [`PATIENCE`] heartbeats. Without heartbeats,
//! only the first is noticed, after [`STALL_TIMEOUT`].

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::incoming::{Incoming, no_room};

/// Heartbeats that a peer may take to answer a ping or to read something.
const PATIENCE: u32 = 2;

/// The same where there are no heartbeats.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Times, in milliseconds since `begin`.
#[derive(Debug)]
pub struct Pulse {
    begin: Instant,
    heard: AtomicU64,
    wrote: AtomicU64,
    pinged: AtomicU64,
    /// Since when a ping was not answered; 0: none is.
    unanswered: AtomicU64,
    /// Since when a write waits for the peer; 0: none does.
    stuck: AtomicU64,
    heartbeat: Duration,
    /// What was read and not taken yet.
    pub incoming: Incoming,
}

impl Pulse {
    /// Of a connection that has just begun.
    #[must_use]
    pub fn new(heartbeat: Duration) -> Self {
        Self {
            begin: Instant::now(),
            heard: AtomicU64::new(0),
            wrote: AtomicU64::new(0),
            pinged: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
            heartbeat,
            incoming: Incoming::default(),
        }
    }

    /// How often something should be heard. Zero: never mind.
    #[must_use]
    pub const fn heartbeat(&self) -> Duration {
        self.heartbeat
    }

    /// When something was last written.
    #[must_use]
    pub fn wrote_at(&self) -> Instant {
        self.time(&self.wrote)
    }

    /// When a ping is due: some time after something was last heard, or a ping sent.
    #[must_use]
    pub fn ping_at(&self) -> Instant {
        self.time(&self.heard).max(self.time(&self.pinged)) + self.heartbeat
    }

    /// A ping is sent now.
    pub fn ping(&self) {
        self.set(&self.pinged);
        if self.unanswered.load(Ordering::Relaxed) == 0 {
            self.set(&self.unanswered);
        }
    }

    /// Resolves when the peer is lost: why.
    pub async fn lost(&self) -> &'static str {
        let patience = match self.heartbeat.is_zero() {
            true => STALL_TIMEOUT,
            false => self.heartbeat * PATIENCE,
        };
        let is_over = |since: &AtomicU64| {
            since.load(Ordering::Relaxed) > 0 && self.time(since) + patience <= Instant::now()
        };
        loop {
            if is_over(&self.stuck) {
                return "not reading";
            }
            if is_over(&self.unanswered) {
                return "silent";
            }
            sleep(patience / 4).await;
        }
    }

    fn time(&self, of: &AtomicU64) -> Instant {
        self.begin + Duration::from_millis(of.load(Ordering::Relaxed))
    }

    /// Never 0.
    fn set(&self, which: &AtomicU64) {
        let elapsed = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        which.store(elapsed.max(1), Ordering::Relaxed);
    }

    fn written(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending if self.stuck.load(Ordering::Relaxed) == 0 => self.set(&self.stuck),
            Poll::Pending => {}
            Poll::Ready(written) => {
                self.incoming.wrote(*written.as_ref().unwrap_or(&0));
                self.set(&self.wrote);
                self.stuck.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// A stream that keeps its pulse.
#[derive(Debug)]
pub struct Pulsed {
    stream: TcpStream,
    pulse: Arc<Pulse>,
}

impl Pulsed {
    /// Watches a stream.
    #[must_use]
    pub const fn new(stream: TcpStream, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }
}

impl AsyncRead for Pulsed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if !self.pulse.incoming.add(buffer.filled().len() - before) {
            return Poll::Ready(Err(no_room()));
        }
        if read.is_ready() {
            self.pulse.set(&self.pulse.heard);
            self.pulse.unanswered.store(0, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Pulsed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.pulse.written(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.pulse.written(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
