//! What trials try to get at.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, fchmod, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat, write};

use super::Trial;
use crate::files::open_directory;
use crate::files::walk::walk;

/// A place outside of what code may see, to be looked for by trials. Removed when dropped.
pub(super) struct TrialBait {
    parent: OwnedFd,
    directory: OwnedFd,
    name: String,
    pub(super) trial: Trial,
    _listener: TcpListener,
}

/// The file in it.
const OUTSIDE: &str = "outside";

impl TrialBait {
    /// Makes it beside the directory for temporary files, which nobody but the server can write to, and which is removed
    /// with it.
    pub(super) fn new(tmp: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let parent = tmp.parent().map(walk).transpose()?;
        let parent = parent.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        // The port makes the name this process's own as long as the listener lives.
        let name = format!("trial-{}-{port}", std::process::id());
        mkdirat(&parent.file, name.as_str(), Mode::S_IRWXU)?;
        let outside = parent.real.join(&name).join(OUTSIDE);
        let bait = Self {
            directory: open_directory(&parent.file, name.as_ref())?,
            parent: parent.file,
            name,
            trial: Trial { outside, port },
            _listener: listener,
        };
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_CLOEXEC;
        let file = openat(&bait.directory, OUTSIDE, flags, Mode::S_IRUSR)?;
        write(&file, b"seen\n")?;
        fchmod(&file, Mode::from_bits_truncate(0o644))?;
        fchmod(&bait.directory, Mode::from_bits_truncate(0o755))?;
        Ok(bait)
    }
}

impl Drop for TrialBait {
    fn drop(&mut self) {
        let _ = unlinkat(&self.directory, OUTSIDE, UnlinkatFlags::NoRemoveDir);
        let _ = unlinkat(&self.parent, self.name.as_str(), UnlinkatFlags::RemoveDir);
    }
}
