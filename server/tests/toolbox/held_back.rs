//! A frame that the server has read but not yet taken wakes it as one that comes.

use std::path::Path;
use std::time::Duration;

use codecell_server::isolation::{Limits, OpenedPaths, Plan};
use codecell_server::worker::channel::{MessageKind, ToWorker};
use codecell_server::worker::launcher::{Launcher, Program};
use codecell_server::worker::spawn::Spawner;
use codecell_server::worker::{Worker, WorkerEvent};

use crate::harness::CEILING;
use crate::machine::Scratch;

/// A worker that prints A; and, once the file `go` is there, prints B, completes, and makes the file `sent`.
const WORKER: &str = "
import os, struct, time
def send(kind, run, payload=b''):
    return struct.pack('<IB3xQ', len(payload), kind, run) + payload
os.write(3, send(1, 0))
got = 0
while got < 17: got += len(os.read(4, 17 - got))
os.write(3, send(5, 7, b'A'))
while not os.path.exists('go'): time.sleep(0.005)
os.write(3, send(5, 7, b'B') + send(10, 7, b'\\0'))
open('sent', 'w').close()
time.sleep(600)
";

/// Starts that worker with no layer.
fn launcher(directory: &Path) -> Result<Launcher, String> {
    let plan = Plan {
        command: ["/usr/bin/env", "python3", "-c", WORKER]
            .map(str::to_owned)
            .into(),
        executable: None,
        workspace: directory.to_path_buf(),
        tmp: directory.to_path_buf(),
        python: Vec::new(),
        user: None,
        network: false,
        space: None,
        limits: Limits {
            memory: 0,
            processes: 0,
            open_files: 256,
            file_size: 0,
            cpu_seconds: 0,
        },
        layers: Vec::new(),
        server: std::process::id(),
        trial: None,
    };
    let opened = OpenedPaths::open(&plan)?;
    let program = Program::open(Path::new(env!("CARGO_BIN_EXE_codecell-server")));
    let launcher = program.and_then(|program| Launcher::new(&program, &opened, &plan));
    launcher.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_frame_that_waits_in_the_server_is_readable() {
    let scratch = Scratch::new();
    let launcher = launcher(scratch.path()).expect("opened");
    let spawner = Spawner::start(launcher, None).expect("a thread");
    let mut worker = Worker::start(&spawner, b"x", None).await.expect("ready");
    worker.send(ToWorker::EndOfFile, 7).await;
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
    let mut take = |event| {
        completed |=
            matches!(event, WorkerEvent::Frame(frame) if frame.kind == MessageKind::Completed);
        true
    };
    worker.pump(&mut take).expect("there");
    assert!(completed);
}
