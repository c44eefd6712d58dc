//! Who is let in: the token, the Host and the Origin, each refusal in words.

use codecell::protocol::{CONTEXT_PATH, EXECUTE_PATH, TOKEN_HEADER, TOKEN_QUERY};

use crate::harness::{Server, TOKEN, header};

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

#[tokio::test]
async fn a_socket_is_refused_like_a_request() {
    let server = Server::start(&["--allow-origin", "https://allowed.example"]);
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let own = format!("Host: {}\r\n", server.authority);
    let with_token = format!("{EXECUTE_PATH}?{TOKEN_QUERY}={TOKEN}");
    let wrong_token = format!("{EXECUTE_PATH}?{TOKEN_QUERY}=wrong");
    for (path, head, wanted) in [
        (EXECUTE_PATH, own.clone(), 401),
        (&wrong_token, own.clone(), 401),
        (&with_token, "Host: evil.example\r\n".to_owned(), 421),
        (
            &with_token,
            format!("{own}Origin: https://evil.example\r\n"),
            403,
        ),
        (&with_token, format!("{own}Origin: null\r\n"), 403),
        (&with_token, format!("{own}Host: evil.example\r\n"), 400),
        (
            &with_token,
            format!("{own}Origin: https://allowed.example\r\nOrigin: https://evil.example\r\n"),
            400,
        ),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\n{head}{upgrade}Content-Length: 0\r\n\r\n");
        let (status, ..) = server
            .raw(
                request
                    .replace("Upgrade\r\nUpgrade", "Upgrade, close\r\nUpgrade")
                    .into_bytes(),
            )
            .await;
        assert_eq!(status, wanted, "{path} {head}");
    }
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn the_token_may_come_in_the_query() {
    let server = Server::start(&[]);
    for (value, wanted) in [(TOKEN, 200), ("wrong", 401), ("", 401)] {
        let path = format!("{CONTEXT_PATH}?other=1&{TOKEN_QUERY}={value}");
        let (status, _, body) = server.http_with("GET", &path, "", "").await;
        assert_eq!(status, wanted, "{body}");
        assert!(!body.contains(TOKEN), "{body}");
    }
}

#[tokio::test]
async fn a_preflight_request_is_answered_without_the_token() {
    let server = Server::start(&["--allow-origin", "https://page.example"]);
    let ask = |origin: &str| {
        format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: {TOKEN_HEADER}\r\n"
        )
    };
    let allowed = ask("https://page.example");
    let (status, head, _) = server
        .http_with("OPTIONS", CONTEXT_PATH, &allowed, "")
        .await;
    assert_eq!(status, 200, "{head}");
    let head = head.to_ascii_lowercase();
    for line in [
        "access-control-allow-origin: https://page.example",
        "access-control-allow-methods: get,post,delete",
        "vary: origin",
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    let headers = head
        .lines()
        .find(|line| line.starts_with("access-control-allow-headers"));
    assert!(
        headers.is_some_and(|line| line.contains(&TOKEN_HEADER.to_ascii_lowercase())),
        "{head}"
    );
}

#[tokio::test]
async fn a_preflight_request_allows_any_header() {
    let server = Server::start(&["--allow-origin", "https://page.example"]);
    for asked in [
        "x-foo",
        "x-foo,traceparent,sentry-trace",
        "authorization,content-type",
    ] {
        let head = format!(
            "Origin: https://page.example\r\nAccess-Control-Request-Method: GET\r\n\
             Access-Control-Request-Headers: {asked}\r\nAccess-Control-Request-Private-Network: true\r\n"
        );
        let (status, head, _) = server.http_with("OPTIONS", CONTEXT_PATH, &head, "").await;
        assert_eq!(status, 200, "{head}");
        assert_eq!(header(&head, "access-control-allow-headers"), asked);
        assert_eq!(
            header(&head, "access-control-allow-private-network"),
            "true"
        );
        assert_eq!(header(&head, "access-control-max-age"), "600");
    }
}

/// A browser shows a page an answer only where the preflight request succeeds and the answer names its origin.
#[tokio::test]
async fn a_refused_page_can_read_how_to_be_allowed_and_nothing_else() {
    let server = Server::start(&[]);
    for (origin, advice) in [
        (
            "https://evil.example",
            "--allow-origin https://evil.example",
        ),
        (
            "http://127.0.0.1:5173",
            "--allow-origin http://127.0.0.1:5173",
        ),
        ("null", "--allow-origin null"),
        ("file://", "--allow-origin null"),
        (
            "https://evil.example:8443",
            "--allow-origin https://evil.example:8443",
        ),
    ] {
        let preflight = format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: {TOKEN_HEADER}\r\n\
             Access-Control-Request-Private-Network: true\r\n"
        );
        let (status, head, body) = server
            .http_with("OPTIONS", CONTEXT_PATH, &preflight, "")
            .await;
        assert_eq!((status, body.as_str()), (200, ""), "{head}");
        assert_eq!(header(&head, "access-control-allow-origin"), origin);
        assert_eq!(header(&head, "access-control-allow-private-network"), "");
        assert_eq!(header(&head, "access-control-allow-credentials"), "");
        for (method, path) in [
            ("POST", CONTEXT_PATH),
            ("GET", "/health"),
            ("GET", "/metrics"),
        ] {
            let ask = format!("Origin: {origin}\r\nAuthorization: Bearer {TOKEN}\r\n");
            let (status, head, body) = server.http_with(method, path, &ask, "{}").await;
            assert_eq!(status, 403, "{method} {path} {body}");
            assert_eq!(header(&head, "access-control-allow-origin"), origin);
            assert_eq!(header(&head, "vary"), "origin");
            assert!(body.contains(advice), "{body}");
        }
    }
    let (_, list) = server.http("GET", CONTEXT_PATH, "").await;
    assert!(list.starts_with(r#"{"contexts":[],"#), "{list}");
}

#[tokio::test]
async fn the_advice_to_a_refused_page_works() {
    for origin in [
        "null",
        "file://",
        "https://page.example",
        "http://127.0.0.1:5173",
        "http://[::1]:3000",
    ] {
        let server = Server::start(&["--allow-origin", origin]);
        let ask = format!("Origin: {origin}\r\nAuthorization: Bearer {TOKEN}\r\n");
        let (status, head, body) = server.http_with("GET", CONTEXT_PATH, &ask, "").await;
        assert_eq!(status, 200, "{origin}: {body}");
        assert_eq!(header(&head, "access-control-allow-origin"), origin);
    }
}

/// A browser leaves out its scheme's default port, and a container or a proxy may map the port.
#[tokio::test]
async fn the_toolboxs_own_page_is_let_in_at_whatever_port_it_is_reached() {
    let server = Server::start(&["--allow-host", "mybox", "--allow-host", "box.example:8480"]);
    let port = server
        .authority
        .rsplit_once(':')
        .expect("a port")
        .1
        .to_owned();
    for (host, origin, wanted) in [
        ("localhost:8480", "http://localhost:8480", 200),
        ("127.0.0.1:80", "http://127.0.0.1", 200),
        ("localhost", "http://localhost", 200),
        ("[::1]:8480", "http://[::1]:8480", 200),
        ("mybox", "https://mybox", 200),
        ("mybox:443", "https://mybox", 200),
        ("box.example:8480", "http://box.example:8480", 200),
        ("box.example:8481", "http://box.example:8481", 421),
        ("localhost:8480", "http://localhost:8481", 403),
        ("localhost:8480", "http://127.0.0.1:8480", 403),
        ("localhost", "http://localhost:8480", 403),
        ("mybox", "https://mybox:8443", 403),
        ("mybox:2280", "ftp://mybox:2280", 403),
        ("evil.example:8480", "http://evil.example:8480", 421),
        ("127.0.0.1:8480", &format!("http://localhost:{port}"), 200),
    ] {
        let head = format!("Host: {host}\r\nOrigin: {origin}\r\nAuthorization: Bearer {TOKEN}\r\n");
        let (status, _, body) = server.http_with("GET", CONTEXT_PATH, &head, "").await;
        assert_eq!(status, wanted, "{host} {origin}: {body}");
    }
}

#[tokio::test]
async fn a_header_that_names_the_asker_may_come_once() {
    let server = Server::start(&["--allow-origin", "https://a.example"]);
    let own = format!("Host: {}\r\n", server.authority);
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    for (lines, wanted) in [
        ("Origin: https://a.example\r\n", 200),
        (
            "Origin: https://a.example\r\nOrigin: https://a.example\r\n",
            400,
        ),
        (
            "Origin: https://a.example\r\nOrigin: https://evil.example\r\n",
            400,
        ),
        (
            "Origin: https://evil.example\r\nOrigin: https://a.example\r\n",
            400,
        ),
        ("Origin: https://a.example, https://evil.example\r\n", 403),
        ("Origin: https://a.example https://evil.example\r\n", 403),
        ("Origin: \r\n", 403),
        (own.as_str(), 400),
        ("Host: evil.example\r\n", 400),
    ] {
        let head = format!("{own}{lines}{token}");
        let (status, _, body) = server.http_with("GET", CONTEXT_PATH, &head, "").await;
        assert_eq!(status, wanted, "{lines}: {body}");
    }
}

#[tokio::test]
async fn a_context_that_is_not_there_and_a_path_that_is_not_are_told_apart() {
    let server = Server::start(&[]);
    let missing = |body: &str| {
        let error: codecell::protocol::ErrorBody = serde_json::from_str(body).expect("JSON");
        error.code
    };
    let (status, body) = server.delete("nope").await;
    assert_eq!(
        (status, missing(&body).as_str()),
        (404, "CONTEXT_NOT_FOUND")
    );
    for path in [
        "/process/interpreter/contexts",
        "/toolbox/process/interpreter/context",
        "/",
    ] {
        let (status, body) = server.http("GET", path, "").await;
        assert_eq!(
            (status, missing(&body).as_str()),
            (404, "NOT_FOUND"),
            "{path}"
        );
    }
    let outcome = server.run_in("nope", "print(1)").await;
    assert_eq!(outcome.close, (1008, "context not found: nope".to_owned()));
    assert_eq!(outcome.frames, []);
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json_beside_a_page_as_well() {
    let page = crate::machine::Scratch::new();
    std::fs::write(page.path().join("index.html"), "here").expect("written");
    let server = Server::start(&["--www", page.word()]);
    for (method, path, wanted) in [
        ("GET", "/process/nope".to_owned(), 404),
        ("POST", "/process/interpreter".to_owned(), 404),
        ("POST", "/health".to_owned(), 405),
        ("PUT", CONTEXT_PATH.to_owned(), 405),
        ("DELETE", format!("{CONTEXT_PATH}/%FF"), 400),
    ] {
        let (status, answer) = server.http(method, &path, "").await;
        assert_eq!(status, wanted, "{method} {path}: {answer}");
        let error: codecell::protocol::ErrorBody =
            serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{method} {path}: {answer:?}"));
        assert_eq!(error.status_code, wanted);
    }
}
