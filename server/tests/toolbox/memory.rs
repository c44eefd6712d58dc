//! What a context can make the machine keep in memory, by every way there is.
#![cfg(target_os = "linux")]

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::machine::skip;

/// Twice the limit and more, each by another way. Names of what the kernel keeps for others than a process alone.
const WAYS: [(&str, &str); 7] = [
    (
        "shared mapping",
        "import mmap\nheld = mmap.mmap(-1, 400 << 20)\nfor i in range(0, 400 << 20, 4096): held[i] = 1",
    ),
    (
        "memfd",
        "import os\nheld = os.memfd_create('held')\nfor _ in range(400): os.write(held, bytes(1 << 20))",
    ),
    (
        "/dev/shm",
        "held = open('/dev/shm/held', 'wb', 0)\nfor _ in range(400): held.write(bytes(1 << 20))",
    ),
    (
        "sockets",
        "import socket
held = []
for _ in range(480):
    a, b = socket.socketpair()
    held += [a, b]
    for end in (a, b):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        end.setblocking(False)
        try:
            while True: end.send(bytes(1 << 15))
        except BlockingIOError: pass",
    ),
    (
        "pipes",
        "import fcntl, os
held = []
for _ in range(480):
    r, w = os.pipe()
    held += [r, w]
    try: fcntl.fcntl(w, 1031, 1 << 20)
    except OSError: pass
    os.set_blocking(w, False)
    try:
        while True: os.write(w, bytes(1 << 16))
    except BlockingIOError: pass
# The kernel gives a user no more than so many; then in files it is.
held = os.memfd_create('held')
for _ in range(400): os.write(held, bytes(1 << 20))",
    ),
    (
        "System V",
        "import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
segment = libc.shmget(0, ctypes.c_size_t(400 << 20), 0o1600)
ctypes.memset(libc.shmat(segment, None, 0), 1, 400 << 20)",
    ),
    (
        "many processes",
        "import os, time
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(60 << 20)
        for i in range(0, len(held), 4096): held[i] = 1
        time.sleep(600)
# The kernel kills all of them, or the largest.
os.wait()
os.kill(os.getpid(), 9)",
    ),
];

#[tokio::test]
async fn the_limit_holds_for_all_that_a_context_makes_the_machine_keep() {
    let mut server = Server::start(&["--max-memory", "128M"]);
    let (_, health) = server.http("GET", "/health", "").await;
    let health: Value = serde_json::from_str(&health).expect("JSON");
    let isolation = &health["isolation"];
    let line = &server.lines[2];
    if !line.contains("memory of each context") {
        // Then it must say so.
        let missing = isolation["missing"].to_string();
        assert!(
            missing.contains("--max-memory holds for private memory"),
            "{missing}"
        );
        assert!(line.contains("no memory: "), "{line}");
        return skip(&format!("no control groups: {line}"));
    }
    for (name, code) in WAYS {
        eprintln!("{name}");
        let context = server.create(json!({})).await;
        server.run_in(&context.id, "print(1)").await.success();
        let outcome = server.run_in(&context.id, code).await;
        assert_eq!(outcome.errors.len(), 1, "{name}: {:?}", outcome.close);
        let told = &outcome.errors[0];
        assert!(
            told.value.contains("more memory than the toolbox's limit"),
            "{name}: {told:?}"
        );
        // The context goes on with a fresh process, and the limit that a process can hear of is told as ever.
        server.run_in(&context.id, "print(1)").await.success();
        let large = server.run_in(&context.id, "bytearray(200 << 20)").await;
        large.error("MemoryError");
        assert_eq!(server.delete(&context.id).await.0, 200);
    }
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
}
