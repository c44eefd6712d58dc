//! Events for the client, and the heartbeat.
//!
//! Everything that is ready is written at once, and flushed once: a batch costs one call of the system. The executions take turns, and small events
//! share messages.

use std::future::Future;
use std::sync::atomic::Ordering;

use axum::extract::ws::{Message, Utf8Bytes};
use codecell::protocol::{CloseCode, heartbeat, reason};
use futures_util::SinkExt;
use tokio::time::{Instant, sleep_until};

use super::Link;
use crate::executions::messages::Messages;
use crate::http::frames::{Sink, ping};

/// About how many bytes one execution sends before it is another's turn.
const TURN_BYTES: usize = 64 << 10;

/// About how many bytes are written before they are flushed.
const BATCH_BYTES: usize = 256 << 10;

/// What there is to do next.
enum Work {
    Ready,
    Heartbeat,
    Stop,
}

impl Link {
    /// Sends until the client has gone (`None`), or the toolbox stops and everything was sent.
    pub(super) async fn write(
        &self,
        sink: &mut Sink,
        stopped: impl Future<Output = ()>,
    ) -> Option<(CloseCode, String)> {
        tokio::pin!(stopped);
        let mut is_stopping = false;
        let mut messages = Messages::default();
        loop {
            self.send_ready(sink, &mut messages).await?;
            if is_stopping && self.opened.session.is_sent() {
                let reason = reason::TOOLBOX_STOPPED.to_owned();
                return Some((CloseCode::GoingAway, reason));
            }
            let heartbeat = self.pulse.heartbeat();
            let beats_at = self.pulse.wrote_at() + heartbeat;
            let due = beats_at.min(self.pulse.ping_at());
            let work = tokio::select! {
                biased;
                () = self.opened.ready.changed() => Work::Ready,
                () = sleep_until(due), if !heartbeat.is_zero() => Work::Heartbeat,
                () = &mut stopped, if !is_stopping => Work::Stop,
            };
            match work {
                Work::Ready => {}
                Work::Stop => is_stopping = true,
                Work::Heartbeat => {
                    if beats_at <= Instant::now() {
                        self.send_heartbeat(sink).await?;
                    }
                    ping(sink, &self.pulse).await?;
                }
            }
        }
    }

    /// Sends what is ready.
    async fn send_ready(&self, sink: &mut Sink, messages: &mut Messages) -> Option<()> {
        let mut bytes = 0;
        loop {
            let run = self.opened.ready.pop();
            if let Some(run) = run {
                (self.opened.session).take(run, self.opened.socket, TURN_BYTES, messages);
            }
            if run.is_none() {
                messages.finish();
            }
            for message in messages.take() {
                bytes += message.len();
                sink.feed(Message::Text(Utf8Bytes::from(message)))
                    .await
                    .ok()?;
            }
            if self.confirms.swap(false, Ordering::Relaxed) {
                self.send_heartbeat(sink).await?;
            }
            if run.is_none() || bytes >= BATCH_BYTES {
                sink.flush().await.ok()?;
                bytes = 0;
            }
            if run.is_none() {
                return Some(());
            }
        }
    }

    async fn send_heartbeat(&self, sink: &mut Sink) -> Option<()> {
        let beat = heartbeat(self.opened.session.received());
        sink.feed(Message::from(beat)).await.ok()
    }
}
