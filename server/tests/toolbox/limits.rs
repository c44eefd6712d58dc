//! Past each limit: a clear error, and everybody else goes on.

use std::time::Duration;

use codecell::protocol::CONTEXT_PATH;
use serde_json::json;

use crate::harness::{CEILING, Server};
use crate::machine::skip;

#[tokio::test]
async fn contexts() {
    let server = Server::start(&["--max-contexts", "2"]);
    let first = server.create(json!({})).await;
    server.create(json!({})).await;
    let (status, body) = server.http("POST", CONTEXT_PATH, "{}").await;
    assert_eq!(status, 429, "{body}");
    assert!(body.contains("2 contexts"), "{body}");
    assert_eq!(server.run("print(1)").await.success(), "1\n");
    assert_eq!(server.delete(&first.id).await.0, 200);
    server.create(json!({})).await;
}

#[tokio::test]
async fn executions_that_wait() {
    let server = Server::start(&["--max-queue", "1"]);
    let mut running = server
        .send(json!({"code": "print('on', flush=True)\nprint(input())", "stdin": true}))
        .await;
    running.until("on\n").await;
    // Which of the two is refused is the network's doing; one is, and says so.
    let (one, two) = (json!({"code": "print(1)"}), json!({"code": "print(2)"}));
    let (one, two) = (server.send(one).await, server.send(two).await);
    let refused = tokio::select! {
        outcome = one.outcome() => outcome,
        outcome = two.outcome() => outcome,
    };
    assert_eq!(refused.close.0, 1013, "{refused:?}");
    assert!(refused.close.1.contains("1 executions"), "{refused:?}");
    running
        .message(json!({"type": "stdin", "text": "done"}))
        .await;
    assert_eq!(running.outcome().await.success(), "done\n");
}

#[tokio::test]
async fn memory() {
    for limit in ["64M", "256M"] {
        let server = Server::start(&["--max-memory", limit]);
        let outcome = server
            .run("try:\n    held = bytearray(1 << 30)\nexcept MemoryError:\n    print('no more')")
            .await;
        assert_eq!(outcome.success(), "no more\n", "{limit}");
        // What does not end by itself, the system ends; the toolbox says so, and goes on.
        let runaway =
            "import sys\nsys.setrecursionlimit(10**9)\ndef deeper(): return [deeper()]\ndeeper()";
        let outcome = server.run(runaway).await;
        assert!(!outcome.errors.is_empty(), "{limit}: {outcome:?}");
        assert!(
            [1000, 1001].contains(&outcome.close.0),
            "{limit}: {outcome:?}"
        );
        let next = server.run("print('again')").await;
        assert_eq!(next.success(), "again\n", "{limit}");
    }
}

#[tokio::test]
async fn open_files() {
    let server = Server::start(&["--max-open-files", "64"]);
    let code = "import tempfile\nfiles = []\ntry:\n    while True: files.append(tempfile.TemporaryFile())\nexcept OSError as error:\n    print(error.errno, len(files) < 64)\ndel files";
    assert_eq!(server.run(code).await.success(), "24 True\n");
    assert_eq!(
        server
            .run("print(open('f', 'w').write('x'))")
            .await
            .success(),
        "1\n"
    );
}

#[tokio::test]
async fn the_size_of_a_file() {
    let server = Server::start(&["--max-file-size", "1M"]);
    let code = "try:\n    with open('big', 'wb') as file: file.write(bytes(2 << 20))\nexcept OSError as error:\n    print(error.errno)";
    assert_eq!(server.run(code).await.success(), "27\n");
}

#[tokio::test]
async fn processes() {
    let server = Server::start(&["--max-processes", "16"]);
    let health = server.http("GET", "/health", "").await.1;
    if !health.contains(r#""name":"namespaces","active":true"#) {
        return skip("this system can't count a context's processes");
    }
    let code = "import os, time\nchildren = []\ntry:\n    while len(children) < 64:\n        child = os.fork()\n        if not child:\n            time.sleep(60)\n            os._exit(0)\n        children.append(child)\nexcept BlockingIOError:\n    pass\nprint(len(children))\nfor child in children: os.kill(child, 9)";
    let forked = server.run(code).await.success();
    let forked: u64 = forked.trim().parse().expect("a number");
    // Python itself counts, and the threads that it keeps.
    assert!((1..=20).contains(&forked), "{forked} processes");
}

#[tokio::test]
async fn output() {
    const LIMIT: usize = 256 << 10;
    let server = Server::start(&["--max-output", "256K"]);
    server
        .run("import os, sys, threading\nkept = 'kept'")
        .await
        .success();
    for code in [
        "while True: print('x' * 1000)",
        "while True: sys.stderr.write('x')",
        "while True: os.write(1, b'x' * 5000)",
        "print('\u{20ac}' * (1 << 20))\nwhile True: pass",
        "threading.Thread(target=lambda: print('x' * (2 << 20))).start()\nwhile True: pass",
        "while True: print('x'); print('y', file=sys.stderr)",
    ] {
        let outcome = server.run(code).await;
        let error = outcome.error("OutputLimitExceeded");
        assert!(error.value.contains("262144 bytes"), "{error:?}");
        assert!(error.traceback.contains("KeyboardInterrupt"), "{error:?}");
        let bytes = outcome.stdout.len() + outcome.stderr.len();
        assert!(bytes <= LIMIT && bytes > LIMIT - 4, "{code}: {bytes} bytes");
        assert_eq!(
            server.run("print(kept)").await.success(),
            "kept\n",
            "{code}"
        );
    }
    // As much as is allowed is not too much.
    let whole = server
        .run("sys.stdout.write('x' * (256 << 10))")
        .await
        .success();
    assert_eq!(whole.len(), LIMIT);
}

#[tokio::test]
async fn output_without_end_that_ignores_the_interrupt_costs_the_variables() {
    let server = Server::start(&["--max-output", "10K"]);
    let code =
        "kept = 1\nwhile True:\n    try: print('x' * 1000)\n    except KeyboardInterrupt: pass";
    let outcome = server.run(code).await;
    assert_eq!(outcome.close.0, 1001, "{outcome:?}");
    let said = &outcome.errors[0].value;
    assert!(
        said.contains("10240 bytes") && said.contains("variables are gone"),
        "{said}"
    );
    assert_eq!(outcome.stdout.len(), 10 << 10);
    let next = server.run("print('kept' in globals())").await;
    assert!(next.stderr.contains("variables are gone"), "{next:?}");
    assert_eq!(next.success(), "False\n");
}

#[tokio::test]
async fn processor_time_past_the_limit_ends_the_worker() {
    let server = Server::start(&["--max-cpu", "1"]);
    let outcome = server.run("while True: pass").await;
    assert_eq!(outcome.close.0, 1001, "{outcome:?}");
    assert_eq!(outcome.errors[0].name, "WorkerDied");
    let said = &outcome.errors[0].value;
    assert!(said.contains("limit on processor time"), "{said}");
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn a_directory_that_can_not_be_is_refused_and_costs_no_worker() {
    let server = Server::start(&["--warm", "1"]);
    server.run("kept = 1").await.success();
    let long = "a".repeat(9000);
    for cwd in ["a\0b", "\0", "/tmp/\0", "nowhere", &long, "/etc/passwd"] {
        let (status, body) = server
            .http("POST", CONTEXT_PATH, &json!({ "cwd": cwd }).to_string())
            .await;
        assert_eq!(status, 400, "{cwd:?}: {body}");
        assert!(!body.contains("Traceback"), "{cwd:?}: {body}");
    }
    let (_, metrics) = server.http("GET", "/metrics", "").await;
    assert!(
        !metrics.contains("codecell_workers_lost_total 1"),
        "{metrics}"
    );
    // The same in what a run brings: an error of Python's, and the variables stay.
    for envs in [
        json!({"A\u{0}": "1"}),
        json!({"A": "\u{0}"}),
        json!({"": "1"}),
        json!({"A=B": "1"}),
    ] {
        let outcome = server
            .execute(json!({"code": "print(kept)", "envs": envs}))
            .await;
        assert!(!outcome.errors.is_empty(), "{envs}: {outcome:?}");
        assert_eq!(outcome.close.0, 1000, "{envs}: {outcome:?}");
    }
    assert_eq!(server.run("print(kept)").await.success(), "1\n");
}

#[tokio::test]
async fn a_context_that_nobody_uses_ends() {
    let server = Server::start(&["--idle-timeout", "1"]);
    let context = server.create(json!({})).await;
    // A run that takes longer than the timeout is a use.
    let code = "import time\ntime.sleep(1.5)\nprint('done')";
    assert_eq!(server.run_in(&context.id, code).await.success(), "done\n");
    until_none_is_listed(&server).await;
    let outcome = server.run_in(&context.id, "print(1)").await;
    let reason = format!("context not found: {}", context.id);
    assert_eq!(outcome.close, (1008, reason));
    assert_eq!(server.delete(&context.id).await.0, 404);
}

#[tokio::test]
async fn a_context_whose_worker_died_ends_unused_as_well() {
    let server = Server::start(&["--idle-timeout", "1", "--max-contexts", "1"]);
    let context = server.create(json!({})).await;
    let died = server.run_in(&context.id, "import os\nos._exit(1)").await;
    assert_eq!(died.close.0, 1001);
    until_none_is_listed(&server).await;
    server.create(json!({})).await;
}

#[tokio::test]
async fn the_default_context_says_that_it_was_unused() {
    let server = Server::start(&["--idle-timeout", "1"]);
    server.run("kept = 1").await.success();
    // Until it has ended, each look at it is a use; so look rarely.
    let mut wait = Duration::from_secs(1);
    let told = async {
        loop {
            tokio::time::sleep(wait).await;
            wait *= 2;
            let outcome = server.run("print('kept' in globals())").await;
            if outcome.stdout == "False\n" {
                return outcome;
            }
        }
    };
    let outcome = tokio::time::timeout(CEILING, told).await.expect("it ends");
    assert!(outcome.stderr.contains("variables are gone"), "{outcome:?}");
    outcome.success();
    assert_eq!(server.run("pass").await.stderr, "");
}

/// Waits until no context is listed any more.
async fn until_none_is_listed(server: &Server) {
    let gone = async {
        let is_none = |list: &str| list.starts_with(r#"{"contexts":[],"#);
        while !is_none(&server.http("GET", CONTEXT_PATH, "").await.1) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(CEILING, gone)
        .await
        .expect("the context ends");
}
