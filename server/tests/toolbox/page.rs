//! The page, `/health` and `/metrics`.

use serde_json::{Value, json};

use crate::harness::{Server, TOKEN, header};
use crate::machine::Scratch;

/// A server with a built page, which goes with it.
fn with_page() -> (Server, Scratch) {
    let page = Scratch::new();
    for (name, text) in [
        ("index.html", "<!doctype html><title>here</title>"),
        ("frame.html", "<!doctype html><title>frame</title>"),
        ("assets/main-1234.js", "export {}"),
        ("assets/codecell-1234.wasm", "\0asm"),
    ] {
        let file = page.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    }
    (Server::start(&["--www", page.word()]), page)
}

#[tokio::test]
async fn the_page_needs_no_token_and_may_only_run_its_own() {
    let (server, _page) = with_page();
    assert!(
        server.lines[3].starts_with("Playground: "),
        "{:?}",
        server.lines
    );
    assert!(
        server.lines[3].ends_with(&format!("/#token={TOKEN}")),
        "{:?}",
        server.lines
    );
    let (status, head, body) = server.http_with("GET", "/", "", "").await;
    assert_eq!(status, 200, "{head}");
    assert!(body.contains("<title>here</title>"), "{body}");
    assert!(
        header(&head, "content-type").starts_with("text/html"),
        "{head}"
    );
    assert_eq!(header(&head, "cache-control"), "no-cache");
    let policy = header(&head, "content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("'wasm-unsafe-eval'"),
        "{policy}"
    );
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{policy}"
    );

    for (path, kind) in [
        ("/assets/main-1234.js", "text/javascript"),
        ("/assets/codecell-1234.wasm", "application/wasm"),
    ] {
        let (status, head, _) = server.http_with("GET", path, "", "").await;
        assert_eq!(status, 200, "{path}");
        assert!(header(&head, "content-type").starts_with(kind), "{head}");
        assert!(
            header(&head, "cache-control").contains("immutable"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn nothing_outside_the_page_is_served() {
    let (server, page) = with_page();
    let secret = page.path().with_extension("secret");
    std::fs::write(&secret, "secret").expect("written");
    let name = secret
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    for path in [
        format!("/../{name}"),
        format!("/%2e%2e/{name}"),
        format!("/assets/..%2f..%2f{name}"),
        format!("//{}", secret.display()),
    ] {
        let (status, _, body) = server.http_with("GET", &path, "", "").await;
        assert!(status >= 400, "{path}: {status}");
        assert!(!body.contains("secret"), "{path}: {body}");
    }
    std::fs::remove_file(secret).expect("removed");
}

#[tokio::test]
async fn without_a_page_the_root_says_that_this_is_a_toolbox() {
    let server = Server::start(&[]);
    let (status, _, body) = server.http_with("GET", "/", "", "").await;
    let error: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &error["code"]), (404, &json!("NOT_FOUND")));
    assert_eq!(
        error["message"],
        "This is a codecell toolbox. It serves no page: see --www."
    );
    let (status, _, body) = server.http_with("GET", "/elsewhere", "", "").await;
    let error: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(status, 404);
    assert_eq!(error["message"], "there is nothing at /elsewhere");
}

#[tokio::test]
async fn health_tells_everybody_how_the_code_is_kept_in() {
    let server = Server::start(&[]);
    let (status, _, body) = server.http_with("GET", "/health", "", "").await;
    assert_eq!(status, 200);
    let health: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(health["status"], "ok");
    assert_eq!(
        health["extensions"],
        json!([
            "interrupt",
            "stdin",
            "ending",
            "fractional-timeout",
            "link",
            "results",
            "written-files"
        ])
    );
    assert!(health["isolation"]["level"].is_string(), "{health}");
    assert!(!body.contains(TOKEN), "no token in it");
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let server = Server::start(&[]);
    assert_eq!(server.http_with("GET", "/metrics", "", "").await.0, 401);
    server.create(json!({})).await;
    server.run("print('four')").await.success();
    server
        .run("import sys; sys.stderr.write('three'); 1 / 0")
        .await
        .error("ZeroDivisionError");
    server.run("import os; os._exit(1)").await;
    let (status, text) = server.http("GET", "/metrics", "").await;
    assert_eq!(status, 200);
    for line in [
        "codecell_executions_total{ending=\"success\"} 1",
        "codecell_executions_total{ending=\"error\"} 1",
        "codecell_executions_total{ending=\"worker_died\"} 1",
        "codecell_output_bytes_total{stream=\"stdout\"} 5",
        "codecell_output_bytes_total{stream=\"stderr\"} 5",
        "codecell_contexts 1",
        "codecell_executions_running 0",
        "codecell_workers_lost_total 1",
        "codecell_execution_seconds_count 3",
        "codecell_queue_seconds_count 3",
    ] {
        assert!(
            text.lines().any(|known| known == line),
            "{line} is not in\n{text}"
        );
    }
}

#[tokio::test]
async fn links_in_the_page_are_not_followed() {
    let (server, page) = with_page();
    let outside = Scratch::new();
    std::fs::write(outside.path().join("secret.txt"), "secret").expect("written");
    let link = |target: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(target, page.path().join(name)).expect("linked");
    };
    link(&outside.path().join("secret.txt"), "file.txt");
    link(outside.path(), "folder");
    link(std::path::Path::new("/"), "root");
    link(&outside.path().join("secret.txt"), "index.html.br");
    link(&outside.path().join("secret.txt"), "assets/main-1234.js.gz");
    let way = outside.path().display();
    for path in [
        "/file.txt".to_owned(),
        "/folder/secret.txt".to_owned(),
        format!("/root{way}/secret.txt"),
        "/index.html.br".to_owned(),
    ] {
        let (status, _, body) = server.http_with("GET", &path, "", "").await;
        assert_eq!(status, 404, "{path}: {body}");
        assert!(!body.contains("secret"), "{path}: {body}");
    }
    // Where the compressed file is a link, the plain one is served.
    for path in ["/index.html", "/assets/main-1234.js"] {
        let accept = "Accept-Encoding: br, gzip\r\n";
        let (status, head, body) = server.http_with("GET", path, accept, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        assert_eq!(header(&head, "content-encoding"), "", "{path}: {head}");
        assert!(!body.contains("secret"), "{path}: {body}");
    }

    // The directory itself is another one now: the page is still what was opened.
    let aside = page.path().with_extension("aside");
    std::fs::rename(page.path(), &aside).expect("renamed");
    std::os::unix::fs::symlink(outside.path(), page.path()).expect("linked");
    let (status, _, body) = server.http_with("GET", "/secret.txt", "", "").await;
    assert_eq!(status, 404, "{body}");
    let (status, _, _) = server.http_with("GET", "/index.html", "", "").await;
    assert_eq!(status, 200);
    std::fs::remove_file(page.path()).expect("a link");
    std::fs::rename(aside, page.path()).expect("renamed");
}

#[tokio::test]
async fn a_compressed_file_beside_the_plain_one_is_served() {
    let (server, page) = with_page();
    std::fs::write(page.path().join("assets/main-1234.js.br"), "compressed").expect("written");
    let accept = "Accept-Encoding: br, gzip\r\n";
    let path = "/assets/main-1234.js";
    let (status, head, body) = server.http_with("GET", path, accept, "").await;
    assert_eq!((status, &*body), (200, "compressed"));
    assert_eq!(header(&head, "content-encoding"), "br", "{head}");
    assert!(
        header(&head, "cache-control").contains("immutable"),
        "{head}"
    );
}

#[tokio::test]
async fn the_frame_for_results_runs_scripts_in_an_origin_of_its_own() {
    let (server, _page) = with_page();
    let (status, head, _) = server.http_with("GET", "/frame.html", "", "").await;
    assert_eq!(status, 200, "{head}");
    let policy = header(&head, "content-security-policy");
    assert!(policy.starts_with("sandbox allow-scripts;"), "{policy}");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"),
        "{policy}"
    );
    for loose in ["allow-same-origin", "frame-src", "connect-src *"] {
        assert!(!policy.contains(loose), "{policy}");
    }
    assert_eq!(header(&head, "x-frame-options"), "SAMEORIGIN");

    // Other paths that end alike are files of the page.
    for path in ["/", "/assets/frame.html", "/frame.html/", "//frame.html"] {
        let (_, head, _) = server.http_with("GET", path, "", "").await;
        let policy = header(&head, "content-security-policy");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(header(&head, "x-frame-options"), "DENY", "{path}");
    }
}
