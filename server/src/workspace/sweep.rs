//! Removes what servers left that were killed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, SystemTime};

use nix::dir::Dir;
use nix::sys::stat::fstat;
use nix::unistd::geteuid;
use tokio_util::sync::CancellationToken;

use crate::files::open_directory;
use crate::files::remove::remove;
use crate::files::until::Until;
use crate::files::walk::{Walk, walk};

/// How the name of a trial's directory begins, as earlier versions made them; two numbers follow.
const TRIAL_PREFIX: &str = "codecell-trial-";

/// How the directory's name begins; 32 hexadecimal digits follow.
pub(super) const PREFIX: &str = "codecell-";

/// The extension of its name until it is locked.
pub(super) const NAMELESS: &str = ".new";

/// After this time, a directory that has no lock yet is of a server that was killed as it started.
const STARTING: Duration = Duration::from_secs(60);

/// Removes what servers left that were killed: own directories, which nobody has locked. Takes as long as it takes, or
/// until `stop` is cancelled.
pub fn sweep(stop: &CancellationToken) {
    if let Ok(temporary) = walk(&std::env::temp_dir()) {
        sweep_in(&temporary, stop);
    }
}

fn sweep_in(temporary: &Walk, stop: &CancellationToken) {
    let entries = open_directory(&temporary.file, ".".as_ref())
        .and_then(|directory| Ok(Dir::from_fd(directory)?));
    let names = entries.into_iter().flatten().flatten();
    let left: Vec<OsString> = names
        .filter_map(|entry| {
            use std::os::unix::ffi::OsStrExt;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            is_ours(name).then(|| name.to_owned())
        })
        .collect();
    for name in left {
        let path = temporary.real.join(&name);
        let Some(directory) = dead(&temporary.file, &name) else {
            continue;
        };
        let until = Until {
            deadline: None,
            stop: Some(stop),
        };
        match remove(&temporary.file, &name, &directory, until) {
            Ok(()) => {
                tracing::info!(path = %path.display(), "removed what a killed server had left")
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "what a killed server left could not be removed");
            }
        }
    }
}

/// Whether a server gives such a name.
fn is_ours(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    if let Some(rest) = name.strip_prefix(TRIAL_PREFIX) {
        let is_number =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        return rest
            .split_once('-')
            .is_some_and(|(pid, port)| is_number(pid) && is_number(port));
    }
    let name = name.strip_suffix(NAMELESS).unwrap_or(name);
    name.strip_prefix(PREFIX).is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The directory of this name, locked, if it is this user's and its server is gone.
fn dead(temporary: impl AsFd, name: &OsStr) -> Option<OwnedFd> {
    let directory = File::from(open_directory(temporary, name).ok()?);
    let data = fstat(&directory).ok()?;
    if data.st_uid != geteuid().as_raw() {
        return None;
    }
    let text = name.to_string_lossy();
    let unlocked = text.ends_with(NAMELESS) || text.starts_with(TRIAL_PREFIX);
    if unlocked && age(&directory)? < STARTING {
        return None;
    }
    directory.try_lock().ok()?;
    Some(directory.into())
}

fn age(directory: &File) -> Option<Duration> {
    let modified = directory.metadata().ok()?.modified().ok()?;
    Some(
        SystemTime::now()
            .duration_since(modified)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make what they look at")]
mod tests {
    use std::fs::{self, File};
    use std::time::SystemTime;

    use tokio_util::sync::CancellationToken;

    use super::{NAMELESS, PREFIX, STARTING, TRIAL_PREFIX, sweep_in};
    use crate::files::walk::walk;

    #[test]
    fn what_a_server_left_as_it_started_goes_when_it_is_old() {
        let id = || uuid::Uuid::new_v4().simple().to_string();
        let temporary = std::env::temp_dir().join(format!("codecell-test-{}", id()));
        let [new, old, theirs] = ["", "", "more"]
            .map(|more| temporary.join(format!("{PREFIX}{}{more}{NAMELESS}", id())));
        let [new_trial, old_trial, no_trial] =
            ["1-2", "3-4", "3-x"].map(|rest| temporary.join(format!("{TRIAL_PREFIX}{rest}")));
        for directory in [&new, &old, &theirs, &new_trial, &old_trial, &no_trial] {
            fs::create_dir_all(directory).unwrap();
            fs::write(directory.join("outside"), "seen").unwrap();
        }
        for directory in [&old, &theirs, &old_trial, &no_trial] {
            let long_ago = SystemTime::now() - 2 * STARTING;
            File::open(directory)
                .unwrap()
                .set_modified(long_ago)
                .unwrap();
        }
        sweep_in(&walk(&temporary).unwrap(), &CancellationToken::new());
        assert!(new.is_dir(), "a server may be starting there");
        assert!(!old.exists());
        assert!(theirs.is_dir(), "no server makes such a name");
        assert!(new_trial.is_dir(), "a server may be trying");
        assert!(!old_trial.exists());
        assert!(no_trial.is_dir(), "no server makes such a name");
        fs::remove_dir_all(&temporary).unwrap();
    }
}
