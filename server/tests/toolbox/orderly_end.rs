//! A context that ends while nothing runs in it ends as Python ends: `atexit`, and what open files hold back.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::{CEILING, Server};
use crate::machine::Scratch;

const LEAVES: &str = "import atexit, os
file = open('file', 'w')
file.write('held back')
atexit.register(lambda: open('at exit', 'w').write('ran'))";

/// A context may still be ending when its deletion is answered.
async fn check(scratch: &Scratch) {
    for (name, text) in [("file", "held back"), ("at exit", "ran")] {
        let written = async {
            let path = scratch.path().join(name);
            while std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let written = tokio::time::timeout(CEILING, written).await;
        assert!(written.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_deleted_context_ends_as_python_ends() {
    let scratch = Scratch::new();
    let server = Server::start(&["--workspace", scratch.word()]);
    let context = server.create(json!({})).await;
    server.run_in(&context.id, LEAVES).await.success();
    assert_eq!(server.delete(&context.id).await.0, 200);
    check(&scratch).await;
}

#[tokio::test]
async fn every_context_of_a_stopped_server_ends_as_python_ends() {
    let scratch = Scratch::new();
    let mut server = Server::start(&["--workspace", scratch.word()]);
    server.run(LEAVES).await.success();
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
    check(&scratch).await;
}

#[tokio::test]
async fn code_that_does_not_want_to_end_is_killed() {
    let server = Server::start(&[]);
    let context = server.create(json!({})).await;
    let code = "import atexit, time\natexit.register(time.sleep, 600)";
    server.run_in(&context.id, code).await.success();
    assert_eq!(server.delete(&context.id).await.0, 200);
    // Nor does a child that outlives it, or output that nobody reads.
    let context = server.create(json!({})).await;
    let code = "import atexit, os\nos.system('sleep 600 &')\natexit.register(lambda: [print('x' * 9999) for _ in range(9999)])";
    server.run_in(&context.id, code).await.success();
    assert_eq!(server.delete(&context.id).await.0, 200);
}

#[tokio::test]
async fn half_a_character_keeps_its_place() {
    let server = Server::start(&[]);
    for (code, printed) in [
        (
            "import os\nos.write(1, b'\\xc3'); print('after')",
            "\u{FFFD}after\n",
        ),
        (
            "import os\nprint('a', end=''); os.write(1, b'\\xe2\\x82'); print('b')",
            "a\u{FFFD}b\n",
        ),
        (
            "import os\nos.write(1, b'\\xc3'); os.write(1, b'\\xa9')",
            "é",
        ),
    ] {
        assert_eq!(server.run(code).await.success(), printed, "{code}");
    }
}
