//! Hostile code at the moments at which the server is busy with something else: when workers are started ahead, when a context
//! ends because nobody uses it, and when a stack is dumped. At every level, as root and as an ordinary user.
#![cfg(target_os = "linux")]

use std::time::Duration;

use codecell::protocol::{CONTEXT_PATH, Frame};
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::{CEILING, Server};
use crate::levels::{servers, servers_with};

/// A process that lives on in the background, leaves the session and ignores signals: it writes frames to every pipe, exchanges
/// what new workers use, and has as many processes as it may. It ends by itself, as nothing else ends it at some levels.
const BACKGROUND: &str = r"
import ctypes, os, signal, struct, sys, tempfile, threading, time
libc = ctypes.CDLL(None)
# These calls keep Python's lock, and no thread asks for it: a child that another thread holds up by it would never end.
held = ctypes.PyDLL(None)
sys.setswitchinterval(1000)
frames = [struct.pack('<IB3xQ', 0, kind, 0) for kind in (1, 2, 3, 5, 7, 10)]
pipes = [int(name) for name in os.listdir('/proc/self/fd') if name not in '012']
def background():
    end = time.monotonic() + 20
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGURG):
        signal.signal(number, signal.SIG_IGN)
    os.setsid()
    def flood():
        while time.monotonic() < end:
            for pipe in pipes:
                for frame in frames:
                    try: os.write(pipe, frame)
                    except OSError: pass
    for place in ('.', tempfile.gettempdir()):
        try: os.symlink('/', os.path.join(place, 'link'))
        except OSError: pass
    threading.Thread(target=flood, daemon=True).start()
    sleepers = 0
    while time.monotonic() < end:
        libc.renameat2(-100, b'.packages', -100, b'link', 2)
        if sleepers < 40:
            sleepers += 1
            try:
                if held.fork() == 0:
                    held.sleep(20)
                    held._exit(0)
            except OSError: pass
    os._exit(0)
if libc.fork() == 0:
    background()
print('left', flush=True)
";

/// It goes on at the end: functions that never return, in every place where Python runs one.
const CLINGS: &str = r"
import atexit, signal, threading, time
def never(*_):
    while True: time.sleep(1)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    try: signal.signal(number, never)
    except (OSError, ValueError): pass
atexit.register(never)
threading.Thread(target=never).start()
class Last:
    def __del__(self): never()
last = Last()
print('clings', flush=True)
";

/// What code does to the handler of the stack dump, and to the pipe that it writes to.
const DUMPS: [&str; 4] = [
    "signal.signal(signal.SIGUSR1, lambda *_: os._exit(3))",
    "import faulthandler; faulthandler.unregister(signal.SIGUSR1); signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "os.closerange(3, 200)",
    "def flood(pipe):
    os.set_blocking(pipe, True)
    while True: os.write(pipe, b'  File \"x\", line 1\\n' * 3000)
for pipe in os.listdir('/proc/self/fd'):
    if int(pipe) > 2: threading.Thread(target=flood, args=(int(pipe),), daemon=True).start()",
];

async fn none_is_listed(server: &Server) {
    let ended = async {
        loop {
            let (_, listed) = server.http("GET", CONTEXT_PATH, "").await;
            let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
            if listed["contexts"].as_array().is_some_and(Vec::is_empty) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(CEILING, ended).await.expect("ended");
}

async fn serves_and_stops(mut server: Server, name: &str) {
    let served = async {
        let context = server.create(json!({})).await;
        server.run_in(&context.id, "print(6 * 7)").await
    };
    let served = tokio::time::timeout(CEILING, served).await;
    assert_eq!(served.expect("it serves").success(), "42\n", "{name}");
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await, "{name}: SIGTERM ends it");
}

#[tokio::test]
async fn workers_start_ahead_beside_hostile_code() {
    for (name, server, _binary) in servers_with(&["--warm", "3"]) {
        eprintln!("{name}");
        let hostile = server.create(json!({})).await;
        let outcome = server.run_in(&hostile.id, BACKGROUND).await;
        assert_eq!(outcome.stdout, "left\n", "{name}: {outcome:?}");
        // Each takes a worker that was ready, and has another one started.
        for _ in 0..6 {
            let context = server.create(json!({})).await;
            let printed = server.run_in(&context.id, "print(1)").await;
            assert_eq!(printed.success(), "1\n", "{name}");
            assert_eq!(server.delete(&context.id).await.0, 200);
        }
        serves_and_stops(server, &name).await;
    }
}

#[tokio::test]
async fn an_unused_context_ends_whatever_its_code_does() {
    for (name, server, _binary) in servers_with(&["--idle-timeout", "1"]) {
        eprintln!("{name}");
        for code in [CLINGS, BACKGROUND] {
            let context = server.create(json!({})).await;
            let outcome = server.run_in(&context.id, code).await;
            assert_eq!(outcome.errors, [], "{name}");
        }
        none_is_listed(&server).await;
        serves_and_stops(server, &name).await;
    }
}

#[tokio::test]
async fn a_stack_dump_waits_for_no_code() {
    for (name, server, _binary) in servers() {
        eprintln!("{name}");
        let dumped = DUMPS.map(|dump| stubborn(&server, dump));
        for (dump, told) in DUMPS.into_iter().zip(join_all(dumped).await) {
            assert!(
                ["TimeoutError", "WorkerDied"].contains(&told.name.as_str()),
                "{name}, {dump}: {told:?}"
            );
        }
        serves_and_stops(server, &name).await;
    }
}

/// Runs code in a context of its own that does this to the stack dump and reacts to no interrupt; the error that is told.
async fn stubborn(server: &Server, dump: &str) -> Frame {
    let code = format!(
        "import os, signal, threading, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{dump}\nwhile True: time.sleep(.1)"
    );
    let context = server.create(json!({})).await;
    let request = json!({"code": code, "contextId": context.id, "timeout": 1});
    let outcome = tokio::time::timeout(CEILING, server.execute(request)).await;
    let outcome = outcome.expect("it ends");
    assert_eq!(
        server.run_in(&context.id, "print(1)").await.stdout,
        "1\n",
        "{dump}"
    );
    outcome.errors.into_iter().next().expect("an error")
}
