//! The launch's side: applies a plan to the process that becomes Python.

use std::io;
use std::os::fd::OwnedFd;

use super::opened_paths::Taken;
use super::plan::PACKAGES;
use super::steps::step;
#[cfg(target_os = "linux")]
use super::{Layer, View, landlock, namespaces, seccomp};
use super::{Plan, limits, privileges, workspace};

/// Builds the root of mounts that launches of this plan enter, and waits until the server has fetched its namespaces.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub(crate) fn build(plan: &Plan, taken: Taken) -> io::Result<()> {
    privileges::leave_the_session()?;
    #[cfg(target_os = "linux")]
    {
        privileges::die_with(plan.server)?;
        namespaces::build(plan, &View::of(plan), taken)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (plan, taken);
        Err(io::Error::other("only Linux has namespaces"))
    }
}

/// Applies the plan to the calling process, which then only has to exec (or to run the trial). Gives the file to execute,
/// where that is not done by its path.
///
/// With namespaces it returns in another process than the one that called: the caller stays behind
/// as the process that the server knows, and ends as this one ends.
///
/// # Errors
///
/// Whatever the kernel refused, with what was tried.
pub(crate) fn enter(plan: &Plan, mut taken: Taken) -> io::Result<Option<OwnedFd>> {
    privileges::leave_the_session()?;
    limits::apply(&plan.limits)?;
    let program = taken.program.take();
    #[cfg(target_os = "linux")]
    {
        let view = View::of(plan);
        privileges::die_with(plan.server)?;
        if plan.has(Layer::Namespaces) {
            namespaces::enter(plan, &view, &mut taken)?;
            limits::apply_processes(&plan.limits)?;
        } else if let Some(user) = plan.user {
            privileges::become_user(user)?;
            privileges::die_with(plan.server)?;
        }
        privileges::give_up()?;
        let filters = plan.has(Layer::Seccomp).then(|| seccomp::Filters::of(plan));
        let filters = filters.transpose()?;
        if plan.has(Layer::Landlock) {
            landlock::enter(plan, &view, &taken)?;
        }
        if let Some(filters) = filters {
            filters.enter()?;
        }
    }
    #[cfg(not(target_os = "linux"))]
    if let Some(user) = plan.user {
        privileges::become_user(user)?;
    }
    step(
        &format!("entering the workspace {}", plan.workspace.display()),
        workspace::enter(plan, taken.workspace.as_ref()),
    )?;
    // The layers themselves open more files than the code may be allowed.
    limits::apply_open_files(&plan.limits)?;
    Ok(program)
}

/// Makes the directory for packages in the working directory, if there is none: Python never again looks for a path
/// that was not there at first. Done by the launch, which has no more rights by then than the code has.
pub(crate) fn make_packages() {
    // One that can't be made is missing.
    #[expect(
        clippy::disallowed_methods,
        reason = "this process has no more rights than the code by now"
    )]
    let _ = nix::unistd::mkdir(PACKAGES, nix::sys::stat::Mode::S_IRWXU);
}
