//! A frame that the server has read but not yet taken wakes it as one that comes.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use codecell_server::channel::{Kind, ToWorker};
use codecell_server::spawn::Spawner;
use codecell_server::worker::{Happening, Worker};

use crate::harness::CEILING;
use crate::machine::Scratch;

/// A worker that prints A; and, once the file `go` is there, prints B, completes, and makes the file `sent`.
const WORKER: &str = "#!/usr/bin/env python3
import os, struct, time
here = os.path.dirname(os.path.abspath(__file__))
def send(kind, run, payload=b''):
    return struct.pack('<IB3xQ', len(payload), kind, run) + payload
os.setsid()
os.write(3, send(1, 0))
got = 0
while got < 17: got += len(os.read(4, 17 - got))
os.write(3, send(5, 7, b'A'))
while not os.path.exists(here + '/go'): time.sleep(0.005)
os.write(3, send(5, 7, b'B') + send(10, 7, b'\\0'))
open(here + '/sent', 'w').close()
time.sleep(600)
";

#[tokio::test]
async fn a_frame_that_waits_in_the_server_is_readable() {
    let scratch = Scratch::new();
    let launcher = scratch.path().join("worker");
    std::fs::write(&launcher, WORKER).expect("written");
    std::fs::set_permissions(&launcher, std::fs::Permissions::from_mode(0o755)).expect("ours");
    let spawner = Spawner::start(launcher).expect("a thread");
    let mut worker = Worker::start(&spawner, "{}", b"x", None)
        .await
        .expect("ready");
    worker.tell(ToWorker::EndOfFile, 7).await;
    let mut seen = 0;
    while seen == 0 {
        worker.readable().await;
        worker
            .pump(&mut |_| {
                seen += 1;
                true
            })
            .expect("there");
    }
    // This thread is held up on purpose: tokio does not hear of what comes meanwhile.
    std::fs::write(scratch.path().join("go"), "").expect("written");
    for _ in 0..CEILING.as_millis() / 5 {
        if scratch.path().join("sent").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // The reader takes one frame, and has enough.
    worker.pump(&mut |_| false).expect("there");
    tokio::time::timeout(Duration::from_secs(10), worker.readable())
        .await
        .expect("a whole frame waits");
    let mut completed = false;
    let mut take = |happening| {
        completed |= matches!(happening, Happening::Frame(frame) if frame.kind == Kind::Completed);
        true
    };
    worker.pump(&mut take).expect("there");
    assert!(completed);
}
