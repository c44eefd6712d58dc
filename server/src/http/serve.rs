//! Accepts connections, up to the maximum number, and limits how slowly a request may arrive.

use std::convert::Infallible;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{Request, StatusCode};
use axum::middleware::AddExtension;
use axum::{Extension, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;
use tower_layer::Layer;

use super::accept::accept;
use super::connection::{Connection, linger};
use super::error::RequestLine;
use super::pulse::Pulsed;
use crate::metrics;
use crate::worker::spawn::Spawner;

/// How long a request's head may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// How long connections may take to end by themselves when the toolbox stops.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum bytes of a request's head: room for a token and for what browsers send.
const HEAD_BYTES: usize = 64 * 1024;

/// How long a refused connection may take to send its request and read the answer.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// After an error of `accept`, for example too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long nothing is logged of connections that can't be served, after that was logged.
const LOG_PAUSE: Duration = Duration::from_secs(60);

/// All routes, as hyper calls them.
type Service = TowerToHyperService<AddExtension<Router, Arc<Connection>>>;

/// Serves until `stopping`; then until every connection has ended, or [`LEAVE_TIMEOUT`].
///
/// A WebSocket's task lives in `sockets`, beyond its connection's.
pub async fn serve(
    listener: AsyncFd<TcpListener>,
    spawner: Spawner,
    router: Router,
    connections: usize,
    heartbeat: Duration,
    sockets: TaskTracker,
    mut stopping: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
    let tasks = TaskTracker::new();
    let (mut failures, mut refusals) = (Rarely::default(), Rarely::default());
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stopping) => break,
            accepted = accept(&listener, &spawner) => accepted,
        };
        let (stream, socket) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if failures.is_due() {
                    tracing::warn!(%error, "could not accept a connection");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            if refusals.is_due() {
                tracing::warn!(
                    connections,
                    "refused a connection: the maximum number is reached (--max-connections)"
                );
            }
            tasks.spawn(refuse(stream, socket, connections));
            continue;
        };
        // Small frames must not wait for the client's acknowledgement of the last one.
        let _ = stream.set_nodelay(true);
        let below = Arc::new(Connection::new(socket, permit, heartbeat));
        let service = TowerToHyperService::new(Extension(Arc::clone(&below)).layer(router.clone()));
        let mut stopping = stopping.clone();
        tasks.spawn(async move {
            let pulse = Arc::clone(&below.pulse);
            let stream = Pulsed::new(stream, Arc::clone(&pulse));
            tokio::select! {
                ended = converse(stream, service, &mut stopping) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended badly");
                    }
                }
                why = pulse.lost() => metrics::dropped(why),
            }
            // A browser keeps an unused connection open for minutes: a toolbox that stops does not wait for it.
            tokio::select! {
                () = below.end() => {}
                () = stopped(&mut stopping) => {}
            }
        });
    }
    drop(listener);
    tasks.close();
    sockets.close();
    let all = async {
        tasks.wait().await;
        sockets.wait().await;
    };
    if tokio::time::timeout(LEAVE_TIMEOUT, all).await.is_err() {
        tracing::warn!(
            sockets = sockets.len(),
            "some clients did not take their last messages in time"
        );
    }
}

/// Answers requests, until the last or an upgrade.
async fn converse(
    stream: Pulsed,
    service: Service,
    stopping: &mut watch::Receiver<bool>,
) -> hyper::Result<()> {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    }
}

/// Answers a client that there are too many connections.
async fn refuse(stream: TcpStream, socket: OwnedFd, connections: usize) {
    metrics::refused("connections");
    let message =
        format!("there are {connections} connections, as many as this toolbox allows: close one");
    let service = service_fn(|request: Request<Incoming>| {
        let line = RequestLine::of(request.method(), request.uri());
        let status = StatusCode::SERVICE_UNAVAILABLE;
        std::future::ready(Ok::<_, Infallible>(line.error(
            status,
            "TOO_MANY_CONNECTIONS",
            &message,
        )))
    });
    let said = async {
        // An error means that the client has gone, which is all right here.
        let _ = http1::Builder::new()
            .keep_alive(false)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        linger(socket).await;
    };
    let _ = tokio::time::timeout(REFUSAL_TIMEOUT, said).await;
}

/// Lets something be logged once in a while. Who can open connections needs no token, and must not fill the disk.
#[derive(Default)]
struct Rarely(Option<Instant>);

impl Rarely {
    fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|last| last.elapsed() >= LOG_PAUSE);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

/// Resolves when the toolbox stops.
pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone: that is a stop as well.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
