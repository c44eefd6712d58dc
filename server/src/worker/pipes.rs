//! What comes out of a worker past its channel: the two pipes that child processes and C code write to.

use std::io;

use bytes::Bytes;
use nix::errno::Errno;

use super::{READ_BYTES, Worker};
use crate::executions::output::Source;
use crate::worker::plumbing::{has_hung_up, held_by};

impl Worker {
    /// Reads what both pipes hold now.
    pub fn drain_pipes(&mut self, take: &mut impl FnMut(Source, Bytes)) {
        for (at, source) in [(0, Source::Pipe1), (1, Source::Pipe2)] {
            let count = self.held(at);
            self.read_pipe(at, count, &mut |bytes| {
                take(source, bytes);
                true
            });
        }
    }

    /// How many bytes a pipe holds, whether or not tokio has heard of them. An empty one is no
    /// longer taken for readable; one without writers is let go.
    pub(super) fn held(&mut self, at: usize) -> usize {
        let _use = self.watched.begin();
        let Some(pipe) = &self.pipes[at] else {
            return 0;
        };
        let count = held_by(pipe);
        if count == 0 {
            let mut ended = false;
            // Refused where tokio takes it for empty anyway.
            let _ = pipe.try_io(|| {
                if held_by(pipe) > 0 {
                    return Ok(());
                }
                ended = has_hung_up(pipe);
                Err(io::ErrorKind::WouldBlock.into())
            });
            if ended {
                self.pipes[at] = None;
            }
        }
        count
    }

    /// Reads up to `count` bytes of a pipe; false if `take` has enough.
    pub(super) fn read_pipe(
        &mut self,
        at: usize,
        mut count: usize,
        take: &mut impl FnMut(Bytes) -> bool,
    ) -> bool {
        let _use = self.watched.begin();
        let mut more = true;
        while count > 0 {
            let Some(pipe) = &self.pipes[at] else { break };
            let mut bytes = vec![0; count.min(READ_BYTES)];
            match nix::unistd::read(pipe, &mut bytes) {
                Ok(0) => self.pipes[at] = None,
                Ok(read) => {
                    bytes.truncate(read);
                    count -= read;
                    more &= take(bytes.into());
                }
                // Somebody else has read it: code may open a pipe again.
                Err(Errno::EAGAIN | Errno::EINTR) => break,
                Err(_) => self.pipes[at] = None,
            }
        }
        more
    }
}
