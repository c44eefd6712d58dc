//! What clients change, and what code sees of it.

use serde_json::json;

use super::parsed;
use crate::harness::{Server, header};
use crate::levels::servers;

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_code_share_the_files() {
    for (level, server, _binary) in servers() {
        let (status, uploaded) = server.upload("data/in.csv", b"a,b\n1,2\n").await;
        assert_eq!(
            (status, uploaded),
            (200, json!({ "path": "data/in.csv", "bytes": 8 }))
        );
        // Code owns what was uploaded: it reads, changes and removes it.
        let code = "import os\nprint(open('data/in.csv').read(), end='')\nopen('data/in.csv', 'a').write('3,4\\n')\n\
                    open('data/out.txt', 'w').write('out')\nos.mkdir('made'); open('made/private', 'w').write('x')\n\
                    os.chmod('made', 0o700)";
        assert_eq!(server.run(code).await.success(), "a,b\n1,2\n");
        let (status, head, body) = server
            .files("GET", "/download", &[("path", "data/in.csv")])
            .await;
        assert_eq!(
            (status, body.as_str()),
            (200, "a,b\n1,2\n3,4\n"),
            "{level:?}"
        );
        assert_eq!(header(&head, "Content-Length"), "12");
        assert_eq!(
            header(&head, "Content-Disposition"),
            "attachment; filename=\"in.csv\"; filename*=utf-8''in.csv"
        );
        let (_, _, listed) = server.files("GET", "", &[("path", ".")]).await;
        let names: Vec<_> = parsed(&listed)
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["name"].clone())
            .collect();
        assert_eq!(names, [".packages", "data", "made"], "{listed}");
        let (_, _, deep) = server.files("GET", "", &[("depth", "2")]).await;
        assert_eq!(parsed(&deep).as_array().unwrap().len(), 6, "{deep}");
        let (_, _, info) = server
            .files("GET", "/info", &[("path", "made/private")])
            .await;
        let info = parsed(&info);
        assert_eq!(
            (&info["size"], &info["isDir"], &info["mode"]),
            (&json!(1), &json!(false), &json!("-rw-------"))
        );
        let seen = server
            .run("import os; print(os.getcwd(), end='')")
            .await
            .success();
        assert_eq!(info["path"], format!("{seen}/made/private"));
        let absolute = format!("{seen}/data/out.txt");
        let (_, _, out) = server
            .files("GET", "/download", &[("path", &absolute)])
            .await;
        assert_eq!(out, "out");
        let temporary = server
            .run("import tempfile; print(tempfile.gettempdir(), end='')")
            .await
            .success();
        let temporary = format!("{temporary}/shared.txt");
        assert_eq!(server.upload(&temporary, b"for all").await.0, 200);
        let read = format!("print(open({temporary:?}).read())");
        assert_eq!(server.run(&read).await.success(), "for all\n");
        let (_, body) = server.http("GET", "/work-dir", "").await;
        assert_eq!(parsed(&body), json!({ "dir": seen }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_changed_as_asked_or_not_at_all() {
    let server = Server::start(&[]);
    let make = |path: &'static str, mode: &'static str| {
        let server = &server;
        async move {
            server
                .status_of("POST", "/folder", &[("path", path), ("mode", mode)])
                .await
        }
    };
    assert_eq!(make("a/b/c", "0750").await, 201);
    assert_eq!(make("a/b/c", "").await, 201, "it is there already");
    assert_eq!(make("d", "9").await, 400);
    let code = "import os; print(oct(os.stat('a/b/c').st_mode & 0o777))";
    assert_eq!(server.run(code).await.success(), "0o750\n");
    for (path, content) in [
        ("a/one.txt", "red\nblue red\n"),
        ("a/two.txt", "green\n"),
        ("a/three.bin", "red\0"),
    ] {
        assert_eq!(server.upload(path, content.as_bytes()).await.0, 200);
    }
    let moved = |from: &'static str, to: &'static str| {
        let server = &server;
        async move {
            server
                .files("POST", "/move", &[("source", from), ("destination", to)])
                .await
        }
    };
    let (status, _, body) = moved("a/one.txt", "a/two.txt").await;
    assert_eq!(
        (status, &parsed(&body)["code"]),
        (409, &json!("FILE_EXISTS")),
        "{body}"
    );
    assert_eq!(moved("a/one.txt", "missing/one.txt").await.0, 404);
    assert_eq!(moved("a", "a/b/c/a").await.0, 400);
    assert_eq!(moved("a/two.txt", "a/b/second.txt").await.0, 200);
    let (_, _, found) = server
        .files("GET", "/search", &[("path", "."), ("pattern", "*.txt")])
        .await;
    assert_eq!(
        parsed(&found),
        json!({ "files": ["a/b/second.txt", "a/one.txt"] })
    );
    // Also one that is too deep for a regular expression, and one that is too long.
    let (long, nested) = ("?".repeat(1025), "{".repeat(500) + "x" + &"}".repeat(500));
    for pattern in ["[", "a{", "[z-a]", &nested, &long] {
        let (status, _, body) = server
            .files("GET", "/search", &[("pattern", pattern)])
            .await;
        assert_eq!(status, 400, "{pattern}: {body}");
        assert_eq!(parsed(&body)["code"], "BAD_REQUEST", "{body}");
        let message = parsed(&body)["message"].to_string();
        assert!(message.contains("pattern") && message.len() < 400, "{body}");
    }
    let (_, _, lines) = server
        .files("GET", "/find", &[("path", "a"), ("pattern", "red")])
        .await;
    let expected = json!([
        { "file": "a/one.txt", "line": 1, "content": "red" },
        { "file": "a/one.txt", "line": 2, "content": "blue red" },
    ]);
    assert_eq!(parsed(&lines), expected, "a file with NUL is no text");
    let body = json!({ "files": ["a/one.txt", "a/missing", "a/three.bin"], "pattern": "red", "newValue": "RED" });
    let (_, replaced) = server
        .http("POST", "/files/replace", &body.to_string())
        .await;
    let replaced = parsed(&replaced);
    assert_eq!(replaced[0], json!({ "file": "a/one.txt", "success": true }));
    assert_eq!(replaced[1]["error"], "a/missing: no such file or directory");
    assert_eq!(
        server
            .run("print(open('a/one.txt').read(), end='')")
            .await
            .success(),
        "RED\nblue RED\n"
    );
    assert_eq!(
        server
            .status_of(
                "POST",
                "/permissions",
                &[("path", "a/one.txt"), ("mode", "0")]
            )
            .await,
        200
    );
    assert_eq!(
        server
            .status_of("GET", "/download", &[("path", "a/one.txt")])
            .await,
        403,
        "nobody may read it"
    );
    assert_eq!(
        server
            .status_of(
                "POST",
                "/permissions",
                &[("path", "a/one.txt"), ("mode", "0640")]
            )
            .await,
        200
    );
    assert_eq!(
        server
            .status_of(
                "POST",
                "/permissions",
                &[("path", "a/one.txt"), ("owner", "root")]
            )
            .await,
        400
    );
    assert_eq!(
        server
            .status_of(
                "POST",
                "/permissions",
                &[("path", "a/one.txt"), ("owner", "0")]
            )
            .await,
        403
    );
    let (status, _, body) = server.files("DELETE", "", &[("path", "a")]).await;
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("recursive=true"), "{body}");
    assert_eq!(
        server
            .status_of("DELETE", "", &[("path", "a/one.txt")])
            .await,
        204
    );
    assert_eq!(
        server
            .status_of("DELETE", "", &[("path", "a/one.txt")])
            .await,
        404
    );
    assert_eq!(
        server
            .status_of("DELETE", "", &[("path", "a"), ("recursive", "true")])
            .await,
        204
    );
    for whole in [".", "..", "/", "a/.."] {
        let status = server
            .status_of("DELETE", "", &[("path", whole), ("recursive", "true")])
            .await;
        assert!(matches!(status, 400 | 403 | 404), "{whole}: {status}");
    }
    assert_eq!(
        server
            .run("import os; print(os.listdir('.'))")
            .await
            .success(),
        "['.packages']\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_told_as_they_are() {
    let server = Server::start(&[]);
    let name = "quo\"te\nline ü 😀";
    assert_eq!(server.upload(name, b"x").await.0, 200);
    let (_, _, listed) = server.files("GET", "", &[]).await;
    assert_eq!(parsed(&listed)[1]["name"], name);
    let (status, head, _) = server.files("GET", "/download", &[("path", name)]).await;
    assert_eq!(status, 200);
    assert!(
        header(&head, "Content-Disposition")
            .starts_with("attachment; filename=\"quo_te_line _ _\""),
        "{head}"
    );
    // A name that is not UTF-8 is listed, and stands in nobody's way.
    server
        .run("import os; open(b'\\xff\\xfe', 'w').close()")
        .await
        .success();
    let (status, _, listed) = server.files("GET", "", &[]).await;
    assert_eq!(
        (status, parsed(&listed).as_array().unwrap().len()),
        (200, 3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_need_the_token() {
    let server = Server::start(&[]);
    for (method, path) in [
        ("GET", "/files?path=."),
        ("GET", "/files/download?path=x"),
        ("POST", "/files/upload?path=x"),
        ("DELETE", "/files?path=x"),
        ("GET", "/work-dir"),
        ("GET", "/version"),
    ] {
        let (status, _, _) = server.http_with(method, path, "", "").await;
        assert_eq!(status, 401, "{method} {path}");
    }
    assert_eq!(server.http("PUT", "/files", "").await.0, 405);
    assert_eq!(server.http("GET", "/files/none", "").await.0, 404);
}
