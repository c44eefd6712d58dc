//! What a traceback shows of a cell.

use serde_json::json;

use crate::harness::{Server, pythons};
use crate::link_client::LinkClient;

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

#[tokio::test]
async fn errors_come_with_their_frames_and_the_names_of_cells() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    let first = client
        .run(json!({"code": "def f(n):\n    return 1 / n", "name": "tools.py"}))
        .await;
    client.ended(first).await.success();
    let second = client.run(json!({"code": "f(0)", "name": "main.py"})).await;
    let error = client.ended(second).await.error("ZeroDivisionError");
    let sent = serde_json::to_value(&error).expect("JSON");
    let last = &sent["details"]["frames"][1];
    // From Python 3.11 on.
    if !last["column"].is_null() {
        assert_eq!(
            [&last["column"], &last["endLine"], &last["endColumn"]],
            [11, 2, 16]
        );
    }
    assert!(error.traceback.contains("File \"main.py\", line 1"));
    let details = error.details.expect("details");
    let places: Vec<_> = (details.frames.iter())
        .map(|frame| (&*frame.file, frame.line, &*frame.function))
        .collect();
    assert_eq!(places, [("main.py", 1, "<module>"), ("tools.py", 2, "f")]);
    let id = client.session.clone();
    let cells: Vec<_> = (details.frames.iter())
        .filter_map(|frame| frame.cell.clone())
        .collect();
    assert_eq!(cells, [format!("{id}.{second}"), format!("{id}.{first}")]);
    // On a socket of its own an execution has no id.
    let outcome = server
        .execute(json!({"code": "raise ValueError from KeyError()", "name": "lone.py"}))
        .await;
    let details = outcome.error("ValueError").details.expect("details");
    assert_eq!(details.frames[0].cell, None);
    assert_eq!(details.cause.expect("a cause").name, "KeyError");
}

#[tokio::test]
async fn details_that_code_made_up_are_left_out() {
    let server = Server::start(&[]);
    // What a worker sends is written by the code's process.
    let code = "import gc, struct\n\
        channel = next(one for one in gc.get_objects() if type(one).__name__ == 'Channel')\n\
        def send(*texts):\n    \
            channel.send(8, b''.join(struct.pack('<I', len(one)) + one for one in texts))\n";
    for details in [
        "[]",
        "{\"frames\": [{\"file\": 1}]}",
        "{\"frames\": {}}",
        "nonsense",
    ] {
        let made_up = format!("{code}send(b'E', b'v', b't', {details:?}.encode())");
        let error = server.run(&made_up).await.error("E");
        assert_eq!(error.details, None, "{details}");
    }
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let server = Server::start(&[]);
    for name in ["", "<stdin 1>", "a\nb", &"x".repeat(256)] {
        let outcome = server.execute(json!({"code": "1/0", "name": name})).await;
        assert_eq!(outcome.close.0, 1008, "{name:?}");
        assert!(outcome.close.1.contains("file name"), "{}", outcome.close.1);
    }
    let absent = server
        .execute(json!({"code": "1/0", "name": null}))
        .await
        .error("ZeroDivisionError");
    assert!(absent.traceback.contains("File \"<stdin>\""));
}
