//! Questions about a context's namespace.

use codecell::protocol::{CONTEXT_PATH, Completions, Inspection, Variables};
use serde_json::{Value, json};

use crate::harness::{Server, pythons};
use crate::link_client::LinkClient;

async fn ask(server: &Server, id: &str, what: &str, body: Value) -> (u16, String) {
    let path = format!("{CONTEXT_PATH}/{id}/{what}");
    match what {
        "variables" => server.http("GET", &path, "").await,
        _ => server.http("POST", &path, &body.to_string()).await,
    }
}

async fn labels(server: &Server, id: &str, code: &str) -> Vec<String> {
    let (status, body) = ask(server, id, "complete", json!({ "code": code })).await;
    assert_eq!(status, 200, "{body}");
    let found: Completions = serde_json::from_str(&body).expect("completions");
    found.items.into_iter().map(|item| item.label).collect()
}

async fn names(server: &Server, id: &str) -> Vec<String> {
    let (status, body) = ask(server, id, "variables", json!({})).await;
    assert_eq!(status, 200, "{body}");
    let found: Variables = serde_json::from_str(&body).expect("variables");
    found.variables.into_iter().map(|one| one.name).collect()
}

#[tokio::test]
async fn questions_are_answered_in_each_python() {
    for python in pythons() {
        let server = Server::start(&["--python", &python.display().to_string()]);
        let made = server.create(json!({})).await.id;
        assert_eq!(labels(&server, &made, "import mat").await[0], "math");
        for id in ["default", &*made] {
            // Before anything has run there.
            assert!(names(&server, id).await.is_empty());
            server
                .run_in(
                    id,
                    "def greet(name, loud=False):\n    'Says hello.'\nvalue = [1, 2]",
                )
                .await
                .success();
            assert_eq!(labels(&server, id, "gree").await, ["greet"]);
            assert_eq!(labels(&server, id, "greet(lo").await[0], "loud=");
            assert_eq!(names(&server, id).await, ["greet", "value"]);
            let place = json!({ "code": "greet(1)", "offset": 3 });
            let (_, body) = ask(&server, id, "inspect", place).await;
            let said: Inspection = serde_json::from_str(&body).expect("an inspection");
            assert_eq!((said.from, said.to), (0, 5));
            assert_eq!(said.signature.as_deref(), Some("greet(name, loud=False)"));
            assert_eq!(said.docstring.as_deref(), Some("Says hello."));
            let (status, body) = ask(&server, id, "inspect", json!({ "code": "nothing" })).await;
            assert_eq!((status, &*body), (200, "null"));
        }
        // Each context has names of its own.
        server.run_in(&made, "only_here = 1").await.success();
        assert!(labels(&server, "default", "only_h").await.is_empty());
    }
}

#[tokio::test]
async fn they_are_answered_while_code_runs_and_while_nobody_reads_its_output() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let first = client.run(json!({ "code": "value = 1" })).await;
    client.ended(first).await.success();
    let spinning = client
        .run(json!({ "code": "print('begun')\nwhile True: pass" }))
        .await;
    client.until(spinning, "begun").await;
    assert_eq!(labels(&server, "default", "valu").await[0], "value");
    client.interrupt(spinning).await;
    client.ended(spinning).await;
    let asking = client
        .run(json!({ "code": "input('? ')", "stdin": true }))
        .await;
    client.until_prompt(asking, 1).await;
    assert_eq!(labels(&server, "default", "valu").await[0], "value");
    client.answer(asking, "x").await;
    client.ended(asking).await.success();
    client.acknowledges = false;
    let flooding = client
        .run(json!({ "code": "print('begun')\nwhile True: print('x' * 1000)" }))
        .await;
    client.until(flooding, "begun").await;
    for _ in 0..20 {
        assert_eq!(labels(&server, "default", "valu").await[0], "value");
    }
}

#[tokio::test]
async fn a_restarted_context_and_a_lost_one_have_no_names() {
    let server = Server::start(&[]);
    server.run("value = 1").await.success();
    let path = format!("{CONTEXT_PATH}/default/restart");
    assert_eq!(server.http("POST", &path, "").await.0, 200);
    assert!(names(&server, "default").await.is_empty());
    server.run("value = 1").await.success();
    server.run("import os; os._exit(1)").await;
    assert!(names(&server, "default").await.is_empty());
}

#[tokio::test]
async fn wrong_questions_and_unanswered_ones_are_refused() {
    let server = Server::start(&[]);
    for what in ["complete", "inspect", "variables"] {
        assert_eq!(
            ask(&server, "nonsense", what, json!({ "code": "" }))
                .await
                .0,
            404
        );
    }
    for body in [
        json!([]),
        json!({}),
        json!({ "code": 1 }),
        json!({ "code": "", "offset": -1 }),
    ] {
        assert_eq!(ask(&server, "default", "complete", body).await.0, 400);
    }
    for offset in [0, 2, 1_000_000] {
        let place = json!({ "code": "😀.", "offset": offset });
        assert_eq!(ask(&server, "default", "complete", place).await.0, 200);
    }
    // Code that has closed the pipes, and code that answers in Python's place, lose the answers and nothing else.
    let find = "import gc, struct, os\nq = next(one for one in gc.get_objects() if type(one).__name__ == 'Questions')\n";
    for harm in ["os.close(q.answers)", "os.write(q.answers, b'x' * 64)"] {
        let id = server.create(json!({})).await.id;
        server.run_in(&id, &format!("{find}{harm}")).await.success();
        let (status, body) = ask(&server, &id, "variables", json!({})).await;
        assert_eq!(status, 409, "{body}");
        assert!(body.contains("NOT_ANSWERED"), "{body}");
        server.run_in(&id, "print('on')").await.success();
    }
    let id = server.create(json!({})).await.id;
    let fake = "os.write(q.answers, struct.pack('<IB3xQ', 2, 3, 1) + b'{}')";
    server.run_in(&id, &format!("{find}{fake}")).await.success();
    assert_eq!(ask(&server, &id, "variables", json!({})).await.0, 409);
}

#[tokio::test]
async fn an_id_that_is_not_utf8_is_refused_wherever_a_path_has_one() {
    let server = Server::start(&[]);
    let at = format!("{CONTEXT_PATH}/%ff");
    for (method, what) in [
        ("DELETE", ""),
        ("POST", "/restart"),
        ("POST", "/complete"),
        ("POST", "/inspect"),
        ("GET", "/variables"),
    ] {
        let path = format!("{at}{what}");
        let (status, body) = server.http(method, &path, r#"{"code":""}"#).await;
        assert_eq!(status, 400, "{body}");
        let error: Value = serde_json::from_str(&body).expect("an error");
        let message = "the id of the context is not UTF-8";
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("BAD_REQUEST"), &json!(message))
        );
        assert_eq!(
            (&error["method"], &error["path"]),
            (&json!(method), &json!(path))
        );
    }
}

#[tokio::test]
async fn code_that_keeps_pythons_lock_makes_a_question_late_and_the_next_one_is_answered() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    // No other thread gets a turn, as while C code keeps the lock.
    let holding = "import sys\nvalue = 1\nprint('begun')\nsys.setswitchinterval(1000)\nimport time\nend = time.monotonic() + 4\nwhile time.monotonic() < end: pass\nsys.setswitchinterval(0.005)";
    let run = client.run(json!({ "code": holding })).await;
    client.until(run, "begun").await;
    let mut statuses = Vec::new();
    while statuses.last() != Some(&409) && statuses.len() < 50 {
        statuses.push(
            ask(&server, "default", "complete", json!({ "code": "valu" }))
                .await
                .0,
        );
    }
    assert_eq!(statuses.last(), Some(&409), "{statuses:?}");
    client.ended(run).await.success();
    assert_eq!(labels(&server, "default", "valu").await[0], "value");
}

#[tokio::test]
async fn a_name_with_half_a_surrogate_pair_hides_no_other() {
    let server = Server::start(&[]);
    let code = "globals()['half_\\ud800'] = 1\nhalf_whole = 2";
    server.run(code).await.success();
    assert!(
        names(&server, "default")
            .await
            .contains(&"half_whole".to_owned())
    );
    assert!(
        labels(&server, "default", "half_")
            .await
            .contains(&"half_whole".to_owned())
    );
}
