//! The server, from its options to its end.
//!
//! ```text
//! options ─► listener ─► page, workspace: opened ─► isolation (probe) ─► Python, in it ─► pool ─► serve ─► four lines ─► stop
//!                                                                                               └─► sweep
//! ```

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::contexts::{Common, Contexts, Pool};
use crate::executions::active::Space;
use crate::executions::disk::DiskMonitor;
use crate::executions::written::WrittenFiles;
use crate::files::disk::Disk;
use crate::files::tree::FileTree;
use crate::http::{self, AllowedHosts, AllowedOrigins, Files, Guard, Page, Shared, is_valid_token};
use crate::isolation::{self, Ground, Plan, View};
use crate::limits::ToolboxLimits;
use crate::metrics;
use crate::options::{Network, Options};
use crate::python::{self, Python, Stage};
use crate::sessions::{SessionLimits, Sessions};
use crate::start_error::StartError;
use crate::worker::cgroup::Cgroups;
use crate::worker::launcher::{Launcher, Program};
use crate::worker::spawn::Spawner;
use crate::workspace::{self, Workspace};

/// How long Python has to react to an interrupt before its process is killed.
const GRACE: Duration = Duration::from_secs(2);

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
        let origins = AllowedOrigins::parse(&options.allow_origin)?;
        let hosts = AllowedHosts::parse(options.host, &options.allow_host)?;
        let token = options.token.clone().filter(|token| !token.is_empty());
        if token.as_deref().is_some_and(|token| !is_valid_token(token)) {
            return Err(StartError::Token);
        }
        let page = options.www.as_deref().map(Page::open).transpose()?;
        let place = SocketAddr::new(options.host, options.port);
        let listener = TcpListener::bind(place).await;
        let listener = listener.map_err(|error| StartError::listening(place, error))?;
        let address = listener.local_addr()?;
        let listener = http::listener(listener)?;

        let workspace = Workspace::prepare(options.workspace.as_deref())?;
        workspace::refuse_overlap(&workspace, page.as_ref())?;
        let environment = match &options.venv {
            Some(environment) => Some(workspace.environment(environment)?),
            None => None,
        };
        let wish = Plan {
            command: Vec::new(),
            executable: None,
            workspace: workspace.directory.clone(),
            tmp: workspace.tmp.clone(),
            space: Some(options.max_disk).filter(|limit| *limit > 0 && workspace.named.is_none()),
            python: Vec::new(),
            user: workspace.user,
            network: options.network == Network::Host,
            limits: isolation::Limits {
                memory: options.max_memory,
                processes: options.max_processes,
                open_files: options.max_open_files,
                file_size: options.file_size(),
                cpu_seconds: options.max_cpu,
            },
            layers: Vec::new(),
            server: std::process::id(),
            trial: None,
        };
        let (python, report) = {
            let (launcher, without) = (launcher.clone(), options.without_layer.clone());
            let named = options.python.clone();
            // Not the workspace itself: it is removed at once when the start is cut short.
            let places = [Arc::clone(&workspace.file), Arc::clone(&workspace.tmp_file)];
            let writable = workspace.named.clone();
            blocking(move || {
                let ground = Ground::with(&wish, places[0].clone(), places[1].clone())
                    .map_err(StartError::Isolation)?;
                let (plan, report) = isolation::try_layers(&launcher, &ground, &wish, &without)
                    .map_err(StartError::Isolation)?;
                let stage = Stage {
                    launcher,
                    plan,
                    places,
                    workspace: writable.as_deref(),
                    environment: environment.as_deref(),
                    limit: python::TIME_LIMIT,
                };
                let python = Python::find(named.as_deref(), &stage)?;
                Ok((python, report))
            })
            .await?
        };
        let plan = &python.plan;
        let mut report = report;
        let cgroups = Cgroups::set_up(&plan.limits).map(Arc::new);
        report.add_memory(
            cgroups
                .as_ref()
                .map(|groups| groups.detail())
                .map_err(Clone::clone),
        );
        let cgroups = cgroups.ok();
        if let Some(required) = options.require_isolation
            && report.level < required
        {
            return Err(StartError::TooWeak(report, required));
        }
        let limits = ToolboxLimits {
            contexts: options.max_contexts,
            queue: options.max_queue,
            code: usize::try_from(options.max_code).unwrap_or(usize::MAX / 4),
            output: Some(options.max_output).filter(|limit| *limit > 0),
            result: u32::try_from(options.max_result).unwrap_or(u32::MAX),
            idle_timeout: Duration::from_secs(options.idle_timeout),
            grace: GRACE,
        };
        let session_limits = SessionLimits {
            window: usize::try_from(options.window).unwrap_or(usize::MAX / 4),
            reconnect: Duration::from_secs(options.reconnect_limit),
            keep: options.keep_limit,
            sessions: options.max_sessions,
            executions: options.max_session_executions,
            requests: usize::try_from(options.max_waiting_code).unwrap_or(usize::MAX / 4),
            output: usize::try_from(options.max_waiting_output).unwrap_or(usize::MAX / 4),
        };
        let launcher = Launcher::new(&launcher, &python.ground, plan)?;
        let spawner = Spawner::start(launcher, cgroups.clone())?;
        let pool = Pool::start(spawner.clone(), python.program.clone(), options.warm);
        let token = token.unwrap_or_else(random_token);
        let (stop, stopping) = watch::channel(false);
        let metrics = metrics::install();
        let draining =
            AbortOnDropHandle::new(tokio::spawn(metrics::drain_samples(metrics.clone())));
        let view = View::of(plan);
        let places = python.ground.places();
        // In memory, the kernel limits it.
        let is_measured = options.max_disk > 0 && plan.in_memory().is_none();
        let disk = is_measured
            .then(|| Arc::new(Disk::new(options.max_disk, places.clone(), workspace.user)));
        let [in_workspace, in_tmp] = &places;
        let tree = FileTree::new(
            (
                Arc::clone(in_workspace),
                view.workspace().to_owned(),
                workspace.directory.clone(),
            ),
            (
                Arc::clone(in_tmp),
                view.tmp().to_owned(),
                workspace.tmp.clone(),
            ),
            workspace.user,
            disk.clone(),
        );
        let space = Space {
            files: WrittenFiles {
                workspace: Arc::clone(in_workspace),
                user: workspace.user,
            },
            disk: disk.map(DiskMonitor::start),
        };
        let common = Common {
            pool,
            limits,
            space,
        };
        let contexts = Arc::new(Contexts::new(common, view));
        let file_work = CancellationToken::new();
        let shared = Arc::new(Shared {
            sessions: Sessions::new(Arc::clone(&contexts), session_limits),
            contexts,
            files: Arc::new(Files::new(tree, options.max_upload, file_work.clone())),
            guard: Guard::new(token.clone(), address.port(), hosts, origins),
            limits,
            isolation: report.clone(),
            python: python.version.clone(),
            metrics,
            sockets: TaskTracker::new(),
            started_at: Instant::now(),
            stopping: stopping.clone(),
        });
        let url = format!("http://{}", reachable(address));
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "other machines can reach this toolbox: whoever has the token can run code here, and the token is sent unencrypted"
            );
        }
        tracing::info!(
            level = %report.level,
            layers = ?plan.layers,
            missing = ?report.missing,
            "isolation"
        );
        let lines = [
            format!("Toolbox:    {url}"),
            format!(
                "Python:     {} ({})",
                python.version,
                python.executable.display()
            ),
            format!("Isolation:  {report}"),
            match page {
                Some(_) => format!("Playground: {url}/#token={}", in_fragment(&token)),
                None => format!("Token:      {token}"),
            },
        ];
        let router = http::router(Arc::clone(&shared), page);
        let serving = tokio::spawn(http::serve(
            listener,
            spawner,
            router,
            options.max_connections,
            Duration::from_secs(options.heartbeat),
            shared.sockets.clone(),
            stopping,
        ));
        let sweeping = file_work.clone();
        tokio::task::spawn_blocking(move || workspace::sweep(&sweeping));
        Ok(Self {
            file_work,
            address,
            token,
            lines,
            stop,
            serving,
            shared,
            _draining: draining,
            cgroups,
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

/// Where a program on this machine reaches a server that listens at `address`: every address is no address.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A token that cannot be guessed: 244 random bits.
fn random_token() -> String {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    half() + &half()
}

/// The token as the page reads it from the fragment of its URL.
fn in_fragment(token: &str) -> String {
    form_urlencoded::byte_serialize(token.as_bytes()).collect()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(std::io::Error::other)?
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
