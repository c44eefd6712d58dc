//! What must not bring the server down, and what must not outlive it.

use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn four_lines_say_where_the_server_is() {
    let server = Server::start(&[]);
    let names: Vec<_> = server
        .lines
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        names,
        ["Toolbox", "Python", "Isolation", "Token"],
        "{:?}",
        server.lines
    );
}

#[tokio::test]
async fn sigterm_ends_every_run_with_a_reason() {
    let mut server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "print('on', flush=True)\nimport time\ntime.sleep(60)"}))
        .await;
    socket.until("on\n").await;
    server.signal(Signal::SIGTERM);
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close.0, 1001, "{outcome:?}");
    assert!(
        !outcome.close.1.is_empty() || !outcome.errors.is_empty(),
        "{outcome:?}"
    );
    assert!(server.ended().await, "it ends well");
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_next_is_served() {
    let server = Server::start(&[]);
    for nonsense in ["", "nonsense", "[]", "null", "{\"code\":null}", "{"] {
        let mut socket = server.open().await;
        socket.text(nonsense).await;
        let outcome = socket.outcome().await;
        assert!(
            [1002, 1008].contains(&outcome.close.0),
            "{nonsense}: {outcome:?}"
        );
    }
    for raw in [
        &b"GARBAGE\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
    ] {
        let (status, ..) = server.raw(raw.to_vec()).await;
        assert!(status == 0 || status >= 400, "{status}");
    }
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn code_over_the_limit_is_refused_in_words() {
    let server = Server::start(&[]);
    let code = format!("#{}", "x".repeat(17 << 20));
    let outcome = server.execute(json!({ "code": code })).await;
    assert_eq!(outcome.close.0, 1009, "{:?}", outcome.close);
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}
