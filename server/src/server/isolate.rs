//! How the code is kept in: the layers that work here, and Python inside them.

use std::sync::Arc;

use crate::isolation::{self, OpenedPaths, Plan, Report};
use crate::options::{Network, Options};
use crate::python::{self, Python, Stage};
use crate::start_error::StartError;
use crate::worker::cgroup::Cgroups;
use crate::worker::launcher::Program;
use crate::workspace::Workspace;

/// A Python that works in the sandbox, and what the sandbox is made of.
#[derive(Debug)]
pub(super) struct Isolated {
    pub(super) python: Python,
    pub(super) report: Report,
    pub(super) cgroups: Option<Arc<Cgroups>>,
}

/// Tries the layers, then finds Python in them. A level that is too low is an error.
pub(super) async fn isolate(
    options: &Options,
    workspace: &Workspace,
    launcher: Program,
) -> Result<Isolated, StartError> {
    let (python, mut report) = find_python(options, workspace, launcher).await?;
    let cgroups = Cgroups::set_up(&python.plan.limits).map(Arc::new);
    report.add_memory(
        cgroups
            .as_ref()
            .map(|groups| groups.detail())
            .map_err(Clone::clone),
    );
    if let Some(required) = options.require_isolation
        && report.level < required
    {
        return Err(StartError::TooWeak(report, required));
    }
    Ok(Isolated {
        python,
        report,
        cgroups: cgroups.ok(),
    })
}

async fn find_python(
    options: &Options,
    workspace: &Workspace,
    launcher: Program,
) -> Result<(Python, Report), StartError> {
    let environment = match &options.venv {
        Some(environment) => Some(workspace.environment(environment)?),
        None => None,
    };
    let wish = plan(options, workspace);
    let without = options.without_layer.clone();
    let named = options.python.clone();
    // Not the workspace itself: it is removed at once when the start is cut short.
    let places = [Arc::clone(&workspace.file), Arc::clone(&workspace.tmp_file)];
    let writable = workspace.named.clone();
    let find = move || {
        let opened = OpenedPaths::with(&wish, places[0].clone(), places[1].clone())
            .map_err(StartError::Isolation)?;
        let (plan, report) = isolation::try_layers(&launcher, &opened, &wish, &without)
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
    };
    tokio::task::spawn_blocking(find)
        .await
        .map_err(std::io::Error::other)?
}

/// What is wished for: everything but the layers and Python, which are found out.
fn plan(options: &Options, workspace: &Workspace) -> Plan {
    Plan {
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
    }
}
