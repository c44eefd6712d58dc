//! What all requests share: contexts with their workers, sessions, files, and the limits of each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::isolate::Isolated;
use crate::contexts::{Common, Contexts, Pool};
use crate::executions::active::Space;
use crate::executions::disk::DiskMonitor;
use crate::executions::written::WrittenFiles;
use crate::files::disk::Disk;
use crate::files::tree::FileTree;
use crate::http::{Files, Guard, Shared};
use crate::isolation::View;
use crate::limits::ToolboxLimits;
use crate::options::Options;
use crate::sessions::{SessionLimits, Sessions};
use crate::worker::spawn::Spawner;
use crate::workspace::Workspace;

/// How long Python has to react to an interrupt before its process is killed.
const GRACE: Duration = Duration::from_secs(2);

/// What [`share`] takes from the steps before it.
pub(super) struct Parts<'a> {
    pub(super) options: &'a Options,
    pub(super) workspace: &'a Workspace,
    pub(super) isolated: &'a Isolated,
    pub(super) spawner: Spawner,
    pub(super) guard: Guard,
    pub(super) metrics: PrometheusHandle,
    /// Cancelled when the server stops.
    pub(super) file_work: CancellationToken,
    /// True once the server stops.
    pub(super) stopping: watch::Receiver<bool>,
}

/// Starts the pool of workers and the measuring of the disk, and makes what requests share.
pub(super) fn share(parts: Parts<'_>) -> Arc<Shared> {
    let Parts {
        options,
        workspace,
        isolated,
        spawner,
        guard,
        metrics,
        file_work,
        stopping,
    } = parts;
    let python = &isolated.python;
    let limits = limits(options);
    let pool = Pool::start(spawner, python.program.clone(), options.warm);
    let view = View::of(&python.plan);
    let places = python.opened.places();
    // In memory, the kernel limits it.
    let is_measured = options.max_disk > 0 && python.plan.in_memory().is_none();
    let disk =
        is_measured.then(|| Arc::new(Disk::new(options.max_disk, places.clone(), workspace.user)));
    let [in_workspace, in_tmp] = places;
    let tree = FileTree::new(
        (
            Arc::clone(&in_workspace),
            view.workspace().to_owned(),
            workspace.directory.clone(),
        ),
        (in_tmp, view.tmp().to_owned(), workspace.tmp.clone()),
        workspace.user,
        disk.clone(),
    );
    let space = Space {
        files: WrittenFiles {
            workspace: in_workspace,
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
    Arc::new(Shared {
        sessions: Sessions::new(Arc::clone(&contexts), session_limits(options)),
        contexts,
        files: Arc::new(Files::new(tree, options.max_upload, file_work)),
        guard,
        limits,
        isolation: isolated.report.clone(),
        python: python.version.clone(),
        metrics,
        sockets: TaskTracker::new(),
        started_at: Instant::now(),
        stopping,
    })
}

fn limits(options: &Options) -> ToolboxLimits {
    ToolboxLimits {
        contexts: options.max_contexts,
        queue: options.max_queue,
        code: usize::try_from(options.max_code).unwrap_or(usize::MAX / 4),
        output: Some(options.max_output).filter(|limit| *limit > 0),
        result: u32::try_from(options.max_result).unwrap_or(u32::MAX),
        idle_timeout: Duration::from_secs(options.idle_timeout),
        grace: GRACE,
    }
}

fn session_limits(options: &Options) -> SessionLimits {
    SessionLimits {
        window: usize::try_from(options.window).unwrap_or(usize::MAX / 4),
        reconnect: Duration::from_secs(options.reconnect_limit),
        keep: options.keep_limit,
        sessions: options.max_sessions,
        executions: options.max_session_executions,
        requests: usize::try_from(options.max_waiting_code).unwrap_or(usize::MAX / 4),
        output: usize::try_from(options.max_waiting_output).unwrap_or(usize::MAX / 4),
    }
}
