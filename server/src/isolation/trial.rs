//! What a trial launch does in Python's place: tries what the layers claim to stop.

#![expect(
    clippy::disallowed_methods,
    reason = "it does what code may do, in a process with no more rights"
)]

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::{Layer, Plan, Trial};

/// How long a connection that nothing answers may take.
const CONNECT: Duration = Duration::from_millis(200);

impl Trial {
    /// Tries every layer of `plan`, in the process that has entered it.
    ///
    /// # Errors
    ///
    /// What got through, or what should work and does not.
    pub fn run(&self, plan: &Plan) -> Result<(), String> {
        if nix::unistd::Uid::effective().is_root() {
            return Err("the code would run as root".into());
        }
        // The working directory is the workspace.
        writable(Path::new("."), &plan.workspace)?;
        writable(&plan.tmp_seen(), &plan.tmp)?;
        let hides = plan.has(Layer::Namespaces) || plan.has(Layer::Landlock);
        if hides && File::open(&self.outside).is_ok() {
            return Err(format!("{} can be read", self.outside.display()));
        }
        if plan.has(Layer::Namespaces) {
            self.namespaces(plan)?;
        }
        #[cfg(target_os = "linux")]
        if plan.has(Layer::Seccomp) {
            system_calls()?;
        }
        Ok(())
    }

    fn namespaces(&self, plan: &Plan) -> Result<(), String> {
        if std::process::id() != 2 {
            return Err("the host's processes can be seen".into());
        }
        let host = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        if !plan.network && TcpStream::connect_timeout(&host, CONNECT).is_ok() {
            return Err("the host's loopback can be reached".into());
        }
        let own = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(|error| format!("the own loopback does not work: {error}"))?;
        drop(own);
        Ok(())
    }
}

/// Checks that code can make files in `directory`. The name is random: code of an earlier server may have left a link, a pipe or a
/// directory in place of any that it could guess, and a trial without layers would then write to what the link leads to.
fn writable(directory: &Path, name: &Path) -> Result<(), String> {
    let file = directory.join(format!(".codecell-trial-{}", uuid::Uuid::new_v4().simple()));
    let made = File::create_new(&file).and_then(|_| fs::remove_file(&file));
    match made.map_err(|error| (error.kind(), error)) {
        Ok(()) => Ok(()),
        // Code can fill the disk. Clients can still read and remove files.
        Err((ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _)) => Ok(()),
        Err((_, error)) => {
            let user = nix::unistd::Uid::effective();
            Err(format!(
                "user {user} can't write to {}: {error}",
                name.display()
            ))
        }
    }
}

/// Two calls that the filter answers, and the kernel would answer differently.
#[cfg(target_os = "linux")]
fn system_calls() -> Result<(), String> {
    use std::io::Error;

    // SAFETY: a clone3 without arguments is refused before it makes anything.
    unsafe { libc::syscall(libc::SYS_clone3, 0, 0) };
    if Error::last_os_error().raw_os_error() != Some(libc::ENOSYS) {
        return Err("the filter did not refuse clone3".into());
    }
    // SAFETY: PTRACE_TRACEME takes no memory; were it to succeed, this process ends next.
    unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) };
    match Error::last_os_error().kind() {
        ErrorKind::PermissionDenied => Ok(()),
        _ => Err("the filter did not refuse ptrace".into()),
    }
}
