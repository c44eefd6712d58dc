//! The server, from its options to its end.
//!
//! ```text
//! options ─► listen (token, page, port) ─► workspace ─► isolate (layers, Python in them) ─► share (contexts, files) ─► serve ─► stop
//!                                                                                                                  ├─► four lines
//!                                                                                                                  └─► sweep
//! ```

mod isolate;
mod listen;
mod share;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::http::{self, Shared};
use crate::metrics;
use crate::options::Options;
use crate::start_error::StartError;
use crate::worker::cgroup::Cgroups;
use crate::worker::launcher::{Launcher, Program};
use crate::worker::spawn::Spawner;
use crate::workspace::{self, Workspace};
use isolate::{Isolated, isolate};
use listen::{Front, listen};
use share::{Parts, share};

/// How long the workers may take to end when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The token.
    pub token: String,
    lines: [String; 4],
    stop: watch::Sender<bool>,
    serving: tokio::task::JoinHandle<()>,
    shared: Arc<Shared>,
    _draining: AbortOnDropHandle<()>,
    /// Cancelled when the server stops: work on files that nobody waits for any more.
    file_work: CancellationToken,
    cgroups: Option<Arc<Cgroups>>,
    _workspace: Workspace,
}

impl Server {
    /// Starts it. `launcher` is the program that starts workers: the server's own. Call it in a tokio runtime.
    ///
    /// # Errors
    ///
    /// What was tried, what happened, what to do.
    pub async fn start(options: Options, launcher: Program) -> Result<Self, StartError> {
        raise_open_files();
        let front = listen(&options).await?;
        let workspace = Workspace::prepare(options.workspace.as_deref())?;
        workspace::refuse_overlap(&workspace, front.page.as_ref())?;
        let isolated = isolate(&options, &workspace, launcher.clone()).await?;
        let python = &isolated.python;
        let launcher = Launcher::new(&launcher, &python.opened, &python.plan)?;
        let spawner = Spawner::start(launcher, isolated.cgroups.clone())?;

        let (stop, stopping) = watch::channel(false);
        let metrics = metrics::install();
        let draining =
            AbortOnDropHandle::new(tokio::spawn(metrics::drain_samples(metrics.clone())));
        let file_work = CancellationToken::new();
        let lines = lines(&front, &isolated);
        front.warn_of_others();
        let shared = share(Parts {
            options: &options,
            workspace: &workspace,
            isolated: &isolated,
            spawner: spawner.clone(),
            guard: front.guard,
            metrics,
            file_work: file_work.clone(),
            stopping: stopping.clone(),
        });
        let router = http::router(Arc::clone(&shared), front.page);
        let serving = tokio::spawn(http::serve(
            front.listener,
            spawner,
            router,
            options.max_connections,
            Duration::from_secs(options.heartbeat),
            shared.sockets.clone(),
            stopping,
        ));
        let sweeping = file_work.clone();
        tokio::task::spawn_blocking(move || workspace::sweep(&sweeping));
        tracing::info!(
            level = %isolated.report.level,
            layers = ?isolated.python.plan.layers,
            missing = ?isolated.report.missing,
            "isolation"
        );
        Ok(Self {
            file_work,
            address: front.address,
            token: front.token,
            lines,
            stop,
            serving,
            shared,
            _draining: draining,
            cgroups: isolated.cgroups,
            _workspace: workspace,
        })
    }

    /// Says on stdout where it is, in four lines.
    pub fn announce(&self) {
        let lines = self.lines.join("\n");
        // Nobody may be reading; the server works all the same.
        tokio::task::spawn_blocking(move || {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{lines}");
            let _ = out.flush();
        });
    }

    /// Ends every execution with a reason, every worker and every connection.
    pub async fn stop(self) {
        self.file_work.cancel();
        self.stop.send_replace(true);
        self.shared.contexts.stop();
        let _ = self.serving.await;
        let gone = async {
            while !self.shared.contexts.have_ended() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(STOP_TIMEOUT, gone).await;
        if let Some(cgroups) = self.cgroups {
            let _ = tokio::task::spawn_blocking(move || cgroups.remove()).await;
        }
    }
}

/// The lines for the person who starts the server.
fn lines(front: &Front, isolated: &Isolated) -> [String; 4] {
    let python = &isolated.python;
    [
        format!("Toolbox:    {}", front.url()),
        format!(
            "Python:     {} ({})",
            python.version,
            python.executable.display()
        ),
        format!("Isolation:  {}", isolated.report),
        front.way_in(),
    ]
}

/// Connections and workers take descriptors: as many as the system lets this process have.
fn raise_open_files() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    /// Where the hard limit is none, macOS refuses more than its `OPEN_MAX` all the same.
    const OPEN_MAX: u64 = 10_240;
    let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    let raise = |limit| setrlimit(Resource::RLIMIT_NOFILE, limit, hard);
    if let Err(error) = raise(hard).or_else(|_| raise(hard.min(OPEN_MAX))) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}
