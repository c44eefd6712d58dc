//! What a traceback shows of a cell.

use serde_json::json;

use crate::harness::{Server, pythons};

#[tokio::test]
async fn a_timeout_in_an_await_shows_the_line() {
    for python in pythons() {
        let program = python.display().to_string();
        let server = Server::start(&["--python", &program]);
        // Its import takes a second on a slow machine.
        server.run("import asyncio").await.success();
        let code =
            "import asyncio\nasync def waits():\n    await asyncio.Event().wait()\nawait waits()";
        let outcome = server.execute(json!({"code": code, "timeout": 1})).await;
        assert_eq!(outcome.close.0, 4008);
        let traceback = &outcome.errors[0].traceback;
        for part in [
            "File \"<stdin>\", line 4, in <module>",
            "await waits()",
            "File \"<stdin>\", line 3, in waits",
            "KeyboardInterrupt",
        ] {
            assert!(traceback.contains(part), "{program}: {part}: {traceback}");
        }
    }
}

#[tokio::test]
async fn the_users_own_text_keeps_its_words() {
    let server = Server::start(&[]);
    for code in ["def first(): pass", "x = 2"] {
        server.run(code).await.success();
    }
    let error = server.run("raise ValueError('in <stdin 3>')").await;
    let error = error.error("ValueError");
    assert_eq!(error.value, "in <stdin 3>");
    assert!(error.traceback.ends_with("ValueError: in <stdin 3>\n"));
    assert!(error.traceback.contains("File \"<stdin>\", line 1"));
    let error = server.run("1 +").await.error("SyntaxError");
    assert!(
        error.value.ends_with("(<stdin>, line 1)"),
        "{}",
        error.value
    );
    assert!(error.traceback.contains("File \"<stdin>\", line 1"));
}

#[tokio::test]
async fn modules_with_the_names_of_the_librarys_are_the_users() {
    let server = Server::start(&[]);
    for name in ["getpass", "inspect"] {
        let code = format!(
            "open('{name}.py', 'w').write('value = 1')\nimport {name}\nprint({name}.value)"
        );
        assert_eq!(server.run(&code).await.success(), "1\n");
    }
}
