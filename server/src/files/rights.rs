//! The rights that files are reached with: those of the user that the code runs as, not the server's.

use std::io;

#[cfg(target_os = "linux")]
use nix::unistd::{Gid, Uid, setfsgid, setfsuid};

use crate::isolation::User;

/// Calls `work` with the user's rights in this thread, as far as files are concerned. Without a user, the server runs as the user
/// that the code runs as, too.
///
/// # Errors
///
/// The system did not give these rights; nothing was called.
#[cfg(target_os = "linux")]
pub fn with_rights_of<T>(user: Option<User>, work: impl FnOnce() -> T) -> io::Result<T> {
    let _guard = user.map(Taken::take).transpose()?;
    Ok(work())
}

/// Calls `work`. Here the server runs as the user that the code runs as.
///
/// # Errors
///
/// The server is root, and this system has no rights for one thread.
#[cfg(not(target_os = "linux"))]
pub fn with_rights_of<T>(user: Option<User>, work: impl FnOnce() -> T) -> io::Result<T> {
    match user {
        Some(_) => Err(io::ErrorKind::Unsupported.into()),
        None => Ok(work()),
    }
}

/// The rights of another user; those of the server again when it is dropped.
#[cfg(target_os = "linux")]
struct Taken {
    uid: Uid,
    gid: Gid,
}

#[cfg(target_os = "linux")]
impl Taken {
    fn take(user: User) -> io::Result<Self> {
        let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
        // The group first: afterwards the right to change it is gone.
        let taken = Self {
            gid: setfsgid(gid),
            uid: setfsuid(uid),
        };
        // The calls report no failure, only what was there before.
        match setfsuid(uid) == uid && setfsgid(gid) == gid {
            true => Ok(taken),
            false => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Taken {
    fn drop(&mut self) {
        setfsuid(self.uid);
        setfsgid(self.gid);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::unistd::{Uid, setfsuid};

    use super::with_rights_of;
    use crate::isolation::User;

    #[test]
    fn rights_are_those_of_the_user_and_come_back() {
        if !Uid::effective().is_root() {
            return;
        }
        let user = User {
            uid: 65534,
            gid: 65534,
        };
        let same = || setfsuid(Uid::from_raw(65534));
        assert_eq!(with_rights_of(Some(user), same).unwrap().as_raw(), 65534);
        let panicked =
            std::panic::catch_unwind(|| with_rights_of(Some(user), || panic!("in between")));
        assert!(panicked.is_err());
        assert_eq!(setfsuid(Uid::from_raw(0)).as_raw(), 0);
    }
}
