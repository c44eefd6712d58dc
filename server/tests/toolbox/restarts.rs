//! Contexts that are restarted.

use codecell::protocol::{CONTEXT_PATH, FrameKind};
use serde_json::json;

use crate::harness::{Outcome, Server};
use crate::link_client::LinkClient;

async fn restart(server: &Server, id: &str) -> u16 {
    let path = format!("{CONTEXT_PATH}/{id}/restart");
    server.http("POST", &path, "").await.0
}

/// Whether the first frame says that there is a fresh process.
fn is_marked(outcome: &Outcome) -> bool {
    outcome.frames.first().is_some_and(|frame| frame.restarted)
}

#[tokio::test]
async fn a_restarted_context_has_a_fresh_process_and_its_old_id_and_directory() {
    let server = Server::start(&[]);
    let made = server.create(json!({})).await.id;
    for id in ["default", &*made] {
        // Nothing was lost yet.
        assert_eq!(restart(&server, id).await, 200);
        let begin = "import atexit, os\nx = 1\natexit.register(lambda: open('ended', 'w').close())\nprint(os.getcwd())";
        let first = server.run_in(id, begin).await;
        assert!(!is_marked(&first));
        assert_eq!(restart(&server, id).await, 200);
        let next = server
            .run_in(
                id,
                "import os\nprint(os.getcwd())\nprint('x' in globals(), os.path.exists('ended'))\nos.remove('ended')",
            )
            .await;
        assert!(is_marked(&next));
        assert_eq!(next.stderr, "");
        let (first, next) = (first.success(), next.success());
        assert_eq!(next, format!("{first}False True\n"));
        assert!(!is_marked(&server.run_in(id, "pass").await));
    }
    let (_, list) = server.http("GET", CONTEXT_PATH, "").await;
    assert!(list.contains(&made));
    assert_eq!(restart(&server, "nonsense").await, 404);
    assert_eq!(server.delete(&made).await.0, 200);
    assert_eq!(restart(&server, &made).await, 404);
    let path = format!("{CONTEXT_PATH}/default/restart");
    assert_eq!(server.http("GET", &path, "").await.0, 405);
}

#[tokio::test]
async fn what_runs_and_waits_ends_and_what_comes_later_runs() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    // It ignores interrupts.
    let endless = "print('begun', flush=True)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass";
    let running = client.run(json!({ "code": endless })).await;
    let waiting = client.run(json!({ "code": "print('never')" })).await;
    client.until(running, "begun").await;
    // The link's messages and this request come on different connections.
    while !server
        .http("GET", "/process/interpreter/executions", "")
        .await
        .1
        .contains("queued")
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(restart(&server, "default").await, 200);
    for run in [running, waiting] {
        let outcome = client.ended(run).await;
        assert_eq!(outcome.close, (1001, "worker process ended".to_owned()));
        assert!(outcome.errors[0].variables_lost);
        assert!(outcome.errors[0].value.contains("was restarted"));
        assert!(!outcome.stdout.contains("never"));
    }
    let later = client.run(json!({ "code": "print('later')" })).await;
    let outcome = client.ended(later).await;
    assert!(is_marked(&outcome));
    assert_eq!(outcome.frames[0].kind, FrameKind::Stderr);
    assert_eq!(outcome.success(), "later\n");
}

#[tokio::test]
async fn many_restarts_at_once_end_in_one_fresh_process() {
    let server = Server::start(&[]);
    server.run("x = 1").await.success();
    let restarts = (0..8).map(|_| restart(&server, "default"));
    for status in futures_util::future::join_all(restarts).await {
        assert_eq!(status, 200);
    }
    let outcome = server.run("print('x' in globals())").await;
    assert!(is_marked(&outcome));
    assert_eq!(outcome.success(), "False\n");
}
