//! A limit for the disk space of everything that code and clients keep: the workspace and the directory for temporary files, together.
//!
//! What is there is measured. Uploads are held to the limit exactly: they are counted on top of what was measured. Running code is not:
//! [`crate::executions::disk`] measures while it runs.

use std::collections::HashSet;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::stat::SFlag;

use super::error::FileError;
use super::rights::with_rights_of;
use super::until::Until;
use super::visit::{DEEPEST, visit};
use super::{identity_of, kind_of, open_directory};
use crate::isolation::User;

/// File systems give space in blocks: a file takes up to this much more than its size.
const BLOCK: u64 = 4096;

/// How long one measurement may take.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The limit, and the directories that count.
#[derive(Debug)]
pub struct Disk {
    /// Bytes.
    pub limit: u64,
    places: [Arc<OwnedFd>; 2],
    user: Option<User>,
    uploads: Mutex<Uploads>,
}

/// What uploads have written since the last measurement.
#[derive(Debug, Default)]
struct Uploads {
    measured: u64,
    since: u64,
    counts: usize,
}

/// While there is one, uploads are counted on top of what was measured when the first began.
#[derive(Debug)]
pub struct Count(Arc<Disk>);

/// One upload, until it is dropped.
#[derive(Debug)]
pub struct Upload {
    count: Count,
    bytes: u64,
    is_whole: bool,
}

impl Disk {
    /// Limits what these two directories take, which code of `user` writes to.
    #[must_use]
    pub fn new(limit: u64, places: [Arc<OwnedFd>; 2], user: Option<User>) -> Self {
        Self {
            limit,
            places,
            user,
            uploads: Mutex::default(),
        }
    }

    /// Bytes that are in use. Takes a while where there are many files.
    ///
    /// # Errors
    ///
    /// The directories can't be read, or it took too long.
    pub fn measure(&self) -> io::Result<u64> {
        let until = Until::within(TIME_LIMIT);
        with_rights_of(self.user, || {
            let used = self.places.iter().map(|place| usage(place, until));
            used.sum::<io::Result<u64>>()
        })?
    }

    /// Begins to count.
    ///
    /// # Errors
    ///
    /// What is in use can't be measured.
    pub fn count(self: &Arc<Self>) -> io::Result<Count> {
        let mut uploads = self.uploads();
        // Not during an upload: what it has written so far would count twice.
        if uploads.counts == 0 {
            uploads.measured = self.measure()?;
            uploads.since = 0;
        }
        uploads.counts += 1;
        drop(uploads);
        Ok(Count(Arc::clone(self)))
    }

    /// Begins an upload.
    ///
    /// # Errors
    ///
    /// There is no room for a file, or what is in use can't be measured.
    pub fn begin(self: &Arc<Self>, path: &str) -> Result<Upload, FileError> {
        let mut upload = Upload {
            count: self.count().map_err(|error| FileError::of(path, error))?,
            bytes: 0,
            is_whole: false,
        };
        upload.take(path, BLOCK)?;
        Ok(upload)
    }

    fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// Counts so many bytes more, before they are written.
    ///
    /// # Errors
    ///
    /// There is no room for them.
    pub fn take(&mut self, path: &str, bytes: u64) -> Result<(), FileError> {
        let disk = &self.count.0;
        let mut uploads = disk.uploads();
        let (used, limit) = (uploads.measured + uploads.since, disk.limit);
        if used + bytes > limit {
            return Err(FileError::OverLimit {
                path: path.to_owned(),
                limit,
                used: used - self.bytes,
            });
        }
        uploads.since += bytes;
        self.bytes += bytes;
        Ok(())
    }

    /// The file is there to stay.
    pub fn finish(mut self) {
        self.is_whole = true;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_whole {
            self.count.0.uploads().since -= self.bytes;
        }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.uploads().counts -= 1;
    }
}

/// Bytes on the disk of everything below a directory. A file with several names counts once.
fn usage(place: &OwnedFd, until: Until<'_>) -> io::Result<u64> {
    let first = open_directory(place, ".".as_ref())?;
    let mut seen = HashSet::new();
    let mut blocks = 0;
    visit(first, DEEPEST, &|error| error, &mut |entry| {
        until.check()?;
        let has_names = entry.data.st_nlink > 1 && kind_of(entry.data) != SFlag::S_IFDIR;
        if !has_names || seen.insert(identity_of(entry.data)) {
            blocks += u64::try_from(entry.data.st_blocks).unwrap_or_default();
        }
        io::Result::Ok(())
    })?;
    // `st_blocks` counts units of 512 bytes on every file system (stat(2)).
    Ok(blocks * 512)
}
