//! What a dying worker wrote just before its end, and what is said of the end.

use serde_json::json;

use crate::harness::{Server, assert_same};

/// Fits into a pipe that nobody has read from yet.
const BYTES: usize = 60_000;

const ROUNDS: usize = 12;

#[tokio::test]
async fn the_last_words_of_a_dying_worker_are_kept() {
    let server = Server::start(&[]);
    let words = format!("import os\nos.write(1, b'o' * {BYTES})\nos.write(2, b'e' * {BYTES})\n");
    let system = "import os\nos.system('echo out; echo err >&2')\nos._exit(1)".to_owned();
    let deaths = [
        (format!("{words}os._exit(1)"), BYTES),
        (format!("{words}os.kill(os.getpid(), 9)"), BYTES),
        (format!("{words}os.abort()"), BYTES),
        (system, 0),
    ];
    for _ in 0..ROUNDS {
        for (code, bytes) in &deaths {
            let context = server.create(json!({})).await;
            let outcome = server.run_in(&context.id, code).await;
            assert_eq!(outcome.close.0, 1001, "{:?}", outcome.close);
            if *bytes > 0 {
                assert_same(&outcome.stdout, &"o".repeat(*bytes));
                assert_same(&outcome.stderr, &"e".repeat(*bytes));
            } else {
                assert_eq!((&*outcome.stdout, &*outcome.stderr), ("out\n", "err\n"));
            }
            assert_eq!(server.delete(&context.id).await.0, 200);
        }
    }
}

#[tokio::test]
async fn a_crash_that_faulthandler_tells_of_is_told() {
    let server = Server::start(&[]);
    let code = "import faulthandler\nfaulthandler.enable(file=2)\nfaulthandler._sigsegv()";
    for _ in 0..ROUNDS {
        let context = server.create(json!({})).await;
        let outcome = server.run_in(&context.id, code).await;
        assert_eq!(outcome.close.0, 1001, "{:?}", outcome.close);
        assert!(outcome.stderr.contains("Segmentation fault"), "{outcome:?}");
        assert_eq!(server.delete(&context.id).await.0, 200);
    }
}

#[tokio::test]
async fn a_timeout_whose_interrupt_ends_python_is_a_timeout() {
    let server = Server::start(&[]);
    let code = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\ntime.sleep(600)";
    let outcome = server.execute(json!({"code": code, "timeout": 1})).await;
    assert_eq!(outcome.close.0, 4008, "{outcome:?}");
    assert_eq!(outcome.errors.len(), 1, "{outcome:?}");
    assert_eq!(outcome.errors[0].name, "TimeoutError");
    assert!(
        outcome.errors[0].value.contains("variables are gone"),
        "{outcome:?}"
    );
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}
