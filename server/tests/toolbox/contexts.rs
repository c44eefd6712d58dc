//! The contexts' endpoints, answer for answer.

use codecell::protocol::{CONTEXT_PATH, ContextList};
use serde_json::{Value, json};

use crate::harness::Server;

#[tokio::test]
async fn a_context_from_its_making_to_its_end() {
    let server = Server::start(&[]);
    let made = server
        .create(json!({"language": "python", "unknown": [1]}))
        .await;
    assert_eq!((made.active, made.language.as_str()), (true, "python"));
    assert_eq!(made.id.len(), 36, "a UUID: {}", made.id);
    assert!(made.created_at.ends_with('Z'), "{}", made.created_at);
    assert_eq!(
        server
            .run_in(&made.id, "import os; print(os.getcwd())")
            .await
            .success(),
        format!("{}\n", made.cwd)
    );

    server.run("1").await.success();
    let list = |body: String| {
        serde_json::from_str::<ContextList>(&body)
            .expect("a list")
            .contexts
    };
    let listed = list(server.http("GET", CONTEXT_PATH, "").await.1);
    assert_eq!(
        listed,
        std::slice::from_ref(&made),
        "the default context is not listed"
    );

    server.run_in(&made.id, "import os; os._exit(1)").await;
    let listed = list(server.http("GET", CONTEXT_PATH, "").await.1);
    assert!(!listed[0].active, "its worker has died");
    server.run_in(&made.id, "1").await;
    assert!(
        list(server.http("GET", CONTEXT_PATH, "").await.1)[0].active,
        "it has a new one"
    );

    let (status, body) = server.delete(&made.id).await;
    assert_eq!(
        (status, body.as_str()),
        (200, r#"{"message":"Context deleted successfully"}"#)
    );
    assert_eq!(server.delete(&made.id).await.0, 404);
    assert!(list(server.http("GET", CONTEXT_PATH, "").await.1).is_empty());
    let gone = server.run_in(&made.id, "1").await;
    assert_eq!(
        gone.close,
        (1008, format!("context not found: {}", made.id))
    );
}

#[tokio::test]
async fn a_working_directory_is_one_that_the_code_can_see() {
    let server = Server::start(&[]);
    let workspace = server.create(json!({"cwd": null})).await.cwd;
    for default in [json!({}), json!({"cwd": ""}), json!({"language": null})] {
        assert_eq!(server.create(default).await.cwd, workspace);
    }
    server
        .run("import os; os.makedirs('a/b'); open('file', 'w').close()")
        .await
        .success();
    assert_eq!(
        server.create(json!({"cwd": "a/b"})).await.cwd,
        format!("{workspace}/a/b")
    );
    assert_eq!(
        server
            .create(json!({"cwd": format!("{workspace}/a")}))
            .await
            .cwd,
        format!("{workspace}/a")
    );
    for (cwd, said) in [
        ("nowhere", "nowhere"),
        ("file", "file"),
        ("/proc/1/root", "/proc/1/root"),
    ] {
        let (status, body) = server
            .http("POST", CONTEXT_PATH, &json!({"cwd": cwd}).to_string())
            .await;
        assert_eq!(status, 400, "{cwd}: {body}");
        assert!(body.contains(said), "{cwd}: {body}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_in_one_shape() {
    let server = Server::start(&[]);
    let path = |id: &str| format!("{CONTEXT_PATH}/{id}");
    let rows = [
        ("POST", CONTEXT_PATH.to_owned(), "", 400),
        ("POST", CONTEXT_PATH.to_owned(), "{", 400),
        ("POST", CONTEXT_PATH.to_owned(), "[]", 400),
        ("POST", CONTEXT_PATH.to_owned(), r#"{"cwd":5}"#, 400),
        (
            "POST",
            CONTEXT_PATH.to_owned(),
            r#"{"language":"ruby"}"#,
            400,
        ),
        ("DELETE", path("default"), "", 400),
        ("DELETE", path("no-such-context"), "", 404),
        ("PUT", CONTEXT_PATH.to_owned(), "", 405),
        ("GET", "/process/elsewhere".to_owned(), "", 404),
    ];
    for (method, path, body, wanted) in rows {
        let (status, answer) = server.http(method, &path, body).await;
        assert_eq!(status, wanted, "{method} {path} {body}: {answer}");
        let answer: Value = serde_json::from_str(&answer)
            .unwrap_or_else(|_| panic!("{method} {path}: no JSON: {answer:?}"));
        assert_eq!(answer["statusCode"], wanted, "{answer}");
        assert_eq!(
            (&answer["path"], &answer["method"]),
            (&json!(path), &json!(method))
        );
        for name in ["message", "code", "timestamp"] {
            assert!(
                answer[name].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn code_that_closes_the_workspace_closes_it_to_no_other_context() {
    let server = Server::start(&["--warm", "1"]);
    for _ in 0..3 {
        server.run("import os\nos.chmod('.', 0)").await.success();
        // One that waited already, or one that is started now.
        let context = server.create(json!({})).await;
        let code = "import os\nprint(os.getcwd() == os.environ['HOME'])";
        let outcome = server.run_in(&context.id, code).await;
        assert_eq!(outcome.success(), "True\n");
    }
}
