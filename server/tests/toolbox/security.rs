//! Who is let in: the token, the Host and the Origin, each refusal in words.

use codecell::protocol::CONTEXT_PATH;

use crate::harness::{Server, TOKEN};

#[tokio::test]
async fn nothing_without_the_token_but_health() {
    let server = Server::start(&[]);
    for head in [
        "",
        "Authorization: Bearer wrong\r\n",
        "X-Daytona-Preview-Token: wrong\r\n",
    ] {
        let (status, _, body) = server.http_with("GET", CONTEXT_PATH, head, "").await;
        assert_eq!(status, 401, "{head}: {body}");
        assert!(body.contains("\"code\":\"UNAUTHORIZED\""), "{body}");
        assert!(!body.contains(TOKEN));
    }
    for head in [
        format!("Authorization: Bearer {TOKEN}\r\n"),
        format!("X-Daytona-Preview-Token: {TOKEN}\r\n"),
    ] {
        let (status, _, body) = server.http_with("GET", CONTEXT_PATH, &head, "").await;
        assert_eq!(status, 200, "{body}");
    }
    let (status, _, body) = server.http_with("GET", "/health", "", "").await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let server = Server::start(&[]);
    let head = format!("Host: evil.example\r\nAuthorization: Bearer {TOKEN}\r\n");
    let (status, _, body) = server.http_with("GET", CONTEXT_PATH, &head, "").await;
    assert!(
        (400..500).contains(&status) && status != 404,
        "{status} {body}"
    );
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_an_allowed_one_let_in() {
    let server = Server::start(&["--allow-origin", "http://127.0.0.1:*"]);
    let ask = |origin: &str| format!("Origin: {origin}\r\nAuthorization: Bearer {TOKEN}\r\n");
    let (status, _, body) = server
        .http_with("GET", CONTEXT_PATH, &ask("https://evil.example"), "")
        .await;
    assert_eq!(status, 403, "{body}");
    let (status, head, body) = server
        .http_with("GET", CONTEXT_PATH, &ask("http://127.0.0.1:5173"), "")
        .await;
    assert_eq!(status, 200, "{body}");
    assert!(
        head.to_ascii_lowercase()
            .contains("access-control-allow-origin: http://127.0.0.1:5173"),
        "{head}"
    );
}

#[tokio::test]
async fn http_errors_have_a_body() {
    let server = Server::start(&[]);
    let rows = [
        ("POST", CONTEXT_PATH.to_owned(), "", 400),
        (
            "POST",
            CONTEXT_PATH.to_owned(),
            "{\"language\":\"ruby\"}",
            400,
        ),
        (
            "POST",
            CONTEXT_PATH.to_owned(),
            "{\"cwd\":\"/nowhere/at/all\"}",
            400,
        ),
        ("DELETE", format!("{CONTEXT_PATH}/default"), "", 400),
        ("DELETE", format!("{CONTEXT_PATH}/nope"), "", 404),
        ("GET", "/no/such/path".to_owned(), "", 404),
    ];
    for (method, path, body, wanted) in rows {
        let (status, answer) = server.http(method, &path, body).await;
        assert_eq!(status, wanted, "{method} {path} {body}: {answer}");
        let error: codecell::protocol::ErrorBody =
            serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{method} {path}: {answer:?}"));
        assert_eq!(error.status_code, wanted);
        assert!(!error.message.is_empty());
    }
}
