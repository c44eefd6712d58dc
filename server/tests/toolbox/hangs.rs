//! Code that tries to stop the server inside the kernel, by way of what it shares with it: the ends of pipes.
#![cfg(target_os = "linux")]

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::{CEILING, Server};
use crate::levels::servers;

/// Sends descriptors over every descriptor that it finds: each the end of a socket pair with a TCP connection on its way
/// that takes ten minutes to close. A server that gets one closes it, and waits.
const SENDS_DESCRIPTORS: &str = r"
import array, os, socket, struct
found = [int(name) for name in os.listdir('/proc/self/fd') if os.path.lexists('/proc/self/fd/' + name)]
listener = socket.create_server(('127.0.0.1', 0))
def lingering():
    full = socket.create_connection(listener.getsockname())
    full.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 600))
    full.setblocking(False)
    try:
        while True: full.send(bytes(1 << 16))
    except BlockingIOError:
        pass
    ours, theirs = socket.socketpair()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [full.fileno()]))]
    ours.sendmsg([b'x'], rights)
    full.close()
    ours.close()
    return theirs
sent = 0
for _ in range(12):
    for descriptor in found:
        try:
            own = socket.fromfd(descriptor, socket.AF_UNIX, socket.SOCK_STREAM)
            own.getsockname()
        except OSError:
            continue
        carried = lingering()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [carried.fileno()]))]
        try:
            own.sendmsg([bytes(64)], rights)
            sent += 1
        except OSError:
            pass
        carried.close()
        own.close()
print('sent', sent, flush=True)
";

/// Holds the lock of pipes (`HELD`), with each call that waits for something else meanwhile; by a child as well. What is
/// written to the others makes the server look at all of them.
const HOLDS_PIPES: &str = r"
import ctypes, os, signal, socket, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
silent, other = socket.socketpair()
full, end = socket.socketpair()
full.setblocking(False)
try:
    while True: full.send(bytes(1 << 16))
except BlockingIOError:
    full.setblocking(True)
end_at = time.monotonic() + 60
pipes = [int(name) for name in os.listdir('/proc/self/fd') if name != '0']
held = HELD
others = [pipe for pipe in pipes if pipe not in held]
def hold(descriptor):
    while True:
        libc.splice(silent.fileno(), None, descriptor, None, 100, 0)
        libc.sendfile(descriptor, silent.fileno(), None, 100)
        for way in (os.O_RDONLY, os.O_WRONLY):
            try: again = os.open(f'/proc/self/fd/{descriptor}', way)
            except OSError: continue
            libc.splice(again, None, full.fileno(), None, 100, 0)
            os.close(again)
        time.sleep(.01)
os.write(1, b'holds\n')
if os.fork() == 0:
    os.setsid()
    # Without a pid namespace, it outlives the server. It may be stuck in a write, where only a signal ends it.
    signal.alarm(60)
for descriptor in held:
    threading.Thread(target=hold, args=(descriptor,), daemon=True).start()
while time.monotonic() < end_at:
    time.sleep(.01)
    for pipe in others:
        try: os.write(pipe, struct.pack('<IB3xQ', 0, 5, 0))
        except OSError: pass
";

/// The server still answers, runs code elsewhere, and stops when it is told to.
async fn still_serves(mut server: Server) {
    let serves = async {
        for _ in 0..4 {
            let (status, _) = server.http("GET", "/health", "").await;
            assert_eq!(status, 200);
        }
        let context = server.create(json!({})).await;
        let printed = server.run_in(&context.id, "print(6 * 7)").await;
        assert_eq!(printed.success(), "42\n");
    };
    tokio::time::timeout(CEILING, serves)
        .await
        .expect("the server answers");
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await, "SIGTERM ends it");
}

#[tokio::test]
async fn descriptors_that_take_long_to_close_are_never_received() {
    for (name, server, _binary) in servers() {
        eprintln!("{name}");
        let said = server.run(SENDS_DESCRIPTORS).await;
        // Without a network of its own there is no TCP to begin with, and no socket either.
        if said.errors.is_empty() {
            assert_eq!(said.success(), "sent 0\n");
        } else {
            said.error("PermissionError");
        }
        still_serves(server).await;
    }
}

#[tokio::test]
async fn a_pipe_whose_lock_is_held_stops_nobody() {
    for held in ["pipes", "[1, 2]"] {
        holding(held).await;
    }
}

async fn holding(held: &str) {
    for (name, server, _binary) in servers() {
        eprintln!("{name}, holding {held}");
        let code = HOLDS_PIPES.replace("HELD", held);
        // More than the server has threads, on most machines.
        let mut held = Vec::new();
        for _ in 0..4 {
            let context = server.create(json!({})).await;
            let request = json!({"code": code, "contextId": context.id});
            let mut socket = server.send(request).await;
            socket.until("holds").await;
            held.push(socket);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        still_serves(server).await;
    }
}

/// Does not react to an interrupt, and writes to every pipe that it has, from children as well: frames of another run to the
/// channel, and lines that look like a stack to where one is asked for.
const FLOODS: &str = r#"
import os, signal, struct, threading, time
pipes = []
for name in os.listdir('/proc/self/fd'):
    try: os.write(int(name), b'')
    except OSError: continue
    if int(name) > 2: pipes.append(int(name))
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
frames = struct.pack('<IB3xQ', 0, 5, 0) * 4000
lines = b'  File "<stdin>", line 1 in f\n' * 2000
def flood(pipe, data):
    os.set_blocking(pipe, True)
    while True:
        try: os.write(pipe, data)
        except OSError: time.sleep(.01)
print('floods', flush=True)
channel = min(pipes)
others = [pipe for pipe in pipes if pipe != channel]
for _ in range(3):
    if posix_fork() == 0: flood(channel, frames)
for pipe in others: threading.Thread(target=flood, args=(pipe, lines), daemon=True).start()
flood(channel, frames)
"#;

#[tokio::test]
async fn a_flood_moves_no_deadline_and_fills_no_error() {
    for (name, server, _binary) in servers() {
        eprintln!("{name}");
        // The fork of the C library: Python's closes the channel in the child.
        let code = format!("import ctypes\nposix_fork = ctypes.CDLL(None).fork\n{FLOODS}");
        let outcome = server.execute(json!({"code": code, "timeout": 1})).await;
        let told = outcome.errors.first().expect("an error");
        // Or it wrote what is no frame, as it can't know which pipe is which.
        assert!(
            ["TimeoutError", "WorkerDied"].contains(&told.name.as_str()),
            "{:?}",
            told.name
        );
        assert!(
            told.traceback.len() <= 64 << 10,
            "{} bytes",
            told.traceback.len()
        );
        assert!(outcome.stdout.contains("floods"));
        still_serves(server).await;
    }
}
