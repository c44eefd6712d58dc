//! What one pump takes from a worker that floods its channel.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use bytes::BytesMut;
use nix::unistd::Pid;
use tokio::sync::watch;

use super::{AT_ONCE, READ_BYTES, Worker};
use crate::worker::channel::{LARGEST_PAYLOAD, Parser};
use crate::worker::group::Group;
use crate::worker::insight::Insight;
use crate::worker::plumbing::{held_by, pipe_from_worker, pipe_to_worker};
use crate::worker::watchdog::Watchdog;

/// A process that waits, as a worker; and the worker's end of its channel.
fn worker() -> (Worker, std::fs::File) {
    let (channel, end) = pipe_from_worker().unwrap();
    // As code may do. Whoever writes is then always ahead of the server.
    #[cfg(target_os = "linux")]
    nix::fcntl::fcntl(&end, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20)).unwrap();
    #[expect(clippy::disallowed_methods, reason = "tests start what they signal")]
    #[expect(clippy::zombie_processes, reason = "the worker kills it")]
    let process = Command::new("sleep")
        .arg("600")
        .process_group(0)
        .spawn()
        .unwrap();
    let group = Arc::new(Group::of(Pid::from_raw(process.id().cast_signed()), None));
    let worker = Worker {
        exit: watch::channel(None).1,
        channel,
        commands: pipe_to_worker().unwrap().0,
        acknowledgements: pipe_to_worker().unwrap().0,
        stack: pipe_from_worker().unwrap().0,
        pipes: [None, None],
        parser: Parser::default(),
        prepared: false,
        run: 0,
        outbox: BytesMut::new(),
        has_more: false,
        warnings: 0,
        insight: Arc::new(Insight::new(
            pipe_to_worker().unwrap().0,
            pipe_from_worker().unwrap().0,
            Watchdog::default().watch(Arc::clone(&group)),
        )),
        watched: Watchdog::default().watch(Arc::clone(&group)),
        group,
    };
    (worker, end.into())
}

/// A frame is handed on only when it is whole. Until then there is nothing to count but what was read.
#[tokio::test]
async fn a_large_frame_takes_many_turns() {
    let (mut worker, mut channel) = worker();
    let writer = std::thread::spawn(move || {
        let length = u32::try_from(LARGEST_PAYLOAD).unwrap().to_le_bytes();
        // An error, of run 0.
        let header = [&length[..], &[8, 0, 0, 0], &[0; 8]].concat();
        channel.write_all(&header).unwrap();
        channel.write_all(&vec![0; LARGEST_PAYLOAD]).unwrap();
        channel
    });
    let (mut frames, mut turns) = (0, 0);
    while frames == 0 {
        worker.readable().await;
        while held_by(&worker.channel) < READ_BYTES && !writer.is_finished() {
            std::thread::yield_now();
        }
        worker
            .pump(&mut |_| {
                frames += 1;
                true
            })
            .unwrap();
        turns += 1;
    }
    drop(writer.join().unwrap());
    assert!(turns >= LARGEST_PAYLOAD / (AT_ONCE + READ_BYTES), "{turns}");
}
