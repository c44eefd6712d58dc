//! Every way that Python asks a person, and what it hears.

use codecell::protocol::FrameKind;
use serde_json::{Value, json};

use crate::harness::Server;

/// Runs `code`, with `answers` to what it asks; gives its prompts and its output.
async fn conversation(server: &Server, code: &str, answers: &[Value]) -> (Vec<String>, String) {
    let mut socket = server.send(json!({"code": code, "stdin": true})).await;
    let (mut prompts, mut output) = (Vec::new(), String::new());
    loop {
        match socket.next().await {
            Ok(frame) if frame.kind == FrameKind::Input => {
                socket.message(answers[prompts.len()].clone()).await;
                prompts.push(frame.text);
            }
            Ok(frame) if frame.kind == FrameKind::Control => {}
            Ok(frame) => output += &format!("{}{}", frame.text, frame.traceback),
            Err(close) => {
                assert_eq!(close.0, 1000, "{close:?} after {output:?}");
                return (prompts, output);
            }
        }
    }
}

fn line(text: &str) -> Value {
    json!({"type": "stdin", "text": text})
}

fn end_of_file() -> Value {
    json!({"type": "stdin", "eof": true})
}

#[tokio::test]
async fn input_is_asked_for_and_answered() {
    let server = Server::start(&[]);
    let code = "import sys\nprint(input('name? '))\nprint(repr(sys.stdin.readline()))\ntry:\n    input()\nexcept EOFError:\n    print('end')";
    let answers = [line("Ada"), line("line\n"), end_of_file()];
    let (prompts, output) = conversation(&server, code, &answers).await;
    assert_eq!(prompts, ["name? ", "", ""]);
    assert_eq!(output, "Ada\n'line\\n'\nend\n");
}

#[tokio::test]
async fn input_without_the_extension_says_why() {
    let server = Server::start(&[]);
    let error = server.run("input('name? ')").await.error("EOFError");
    assert!(!error.value.is_empty());
}

#[tokio::test]
async fn getpass_asks_as_input_does() {
    let server = Server::start(&[]);
    let code = "import getpass\nprint(len(getpass.getpass('Secret: ')))";
    let (prompts, output) = conversation(&server, code, &[line("hush")]).await;
    assert_eq!(prompts, ["Secret: "]);
    assert!(output.ends_with("4\n"), "{output}");
}

#[tokio::test]
async fn the_client_is_told_what_is_a_password() {
    let server = Server::start(&[]);
    let code = "import getpass, sys\ninput('a')\ngetpass.getpass('b')\nsys.stdin.readline()\ngetpass.getpass()\ninput()";
    let mut socket = server.send(json!({"code": code, "stdin": true})).await;
    let mut asked = Vec::new();
    while let Ok(frame) = socket.next().await {
        if frame.kind == FrameKind::Input {
            socket.message(line("x")).await;
            asked.push((frame.text, frame.password));
        }
    }
    let prompts = [
        ("a", false),
        ("b", true),
        ("", false),
        ("Password: ", true),
        ("", false),
    ];
    assert_eq!(
        asked,
        prompts.map(|(text, password)| (text.to_owned(), password))
    );
}

#[tokio::test]
async fn standard_input_is_read_by_line_and_to_its_end() {
    let server = Server::start(&[]);
    let answers = [line("one"), line("two\n"), line("é 日本"), end_of_file()];
    let code = "import sys\nprint([text for text in sys.stdin])";
    let (prompts, output) = conversation(&server, code, &answers).await;
    assert_eq!(prompts.len(), 4);
    assert_eq!(output, "['one\\n', 'two\\n', 'é 日本\\n']\n");
    let code = "import sys\nprint(repr(sys.stdin.read()))";
    let (_, output) = conversation(&server, code, &answers).await;
    assert_eq!(output, "'one\\ntwo\\né 日本\\n'\n");
}

#[tokio::test]
async fn a_prompt_comes_after_what_was_printed_before_it() {
    let server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "print('first', end='')\ninput('then? ')", "stdin": true}))
        .await;
    let mut seen = Vec::new();
    while let Ok(frame) = socket.next().await {
        if frame.kind == FrameKind::Input {
            socket.message(line("")).await;
        }
        seen.push((frame.kind, frame.text));
    }
    let first = (FrameKind::Stdout, "first".to_owned());
    let then = (FrameKind::Input, "then? ".to_owned());
    assert_eq!(seen[..2], [first, then]);
}

#[tokio::test]
async fn waiting_for_a_person_can_be_interrupted() {
    let server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "kept = 1\ninput('waiting')", "stdin": true}))
        .await;
    while socket.next().await.expect("it asks").kind != FrameKind::Input {}
    socket.message(json!({"type": "interrupt"})).await;
    assert_eq!(socket.outcome().await.controls, ["interrupted"]);
    assert_eq!(server.run("print(kept)").await.success(), "1\n");
}

#[tokio::test]
async fn an_answer_to_nothing_is_kept_for_the_next_question() {
    let server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "print('on', flush=True)\nimport time\nprint(input(), input())", "stdin": true}))
        .await;
    socket.until("on\n").await;
    socket.message(line("early")).await;
    socket.message(line("bird")).await;
    assert_eq!(socket.outcome().await.success(), "early bird\n");
    // What nobody took does not reach the next execution.
    let mut socket = server
        .send(json!({"code": "print('on', flush=True)", "stdin": true}))
        .await;
    socket.until("on\n").await;
    let (prompts, output) = conversation(&server, "print(input('new? '))", &[line("fresh")]).await;
    assert_eq!(
        (prompts, output),
        (vec!["new? ".to_owned()], "fresh\n".to_owned())
    );
}

#[tokio::test]
async fn an_answer_that_is_no_text_ends_the_run() {
    let server = Server::start(&[]);
    for answer in [
        r#"{"type":"stdin","text":"x\ud800"}"#,
        r#"{"type":"stdin","text":7}"#,
        "no JSON",
    ] {
        let mut socket = server
            .send(json!({"code": "input('now? ')", "stdin": true}))
            .await;
        while socket.next().await.expect("it asks").kind != FrameKind::Input {}
        socket.text(answer).await;
        let outcome = socket.outcome().await;
        assert_eq!(outcome.close.0, 1002, "{answer}: {outcome:?}");
        assert!(
            outcome.close.1.starts_with("invalid JSON payload: "),
            "{outcome:?}"
        );
    }
    let mut socket = server.open().await;
    socket.text(r#"{"code":"print('\ud800')"}"#).await;
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close.0, 1002);
    assert!(outcome.close.1.contains("surrogate"), "{outcome:?}");
    // A message of another kind is ignored, as a stock toolbox does.
    let mut socket = server
        .send(json!({"code": "print(input('now? '))", "stdin": true}))
        .await;
    while socket.next().await.expect("it asks").kind != FrameKind::Input {}
    socket.message(json!({"type": "ping"})).await;
    socket.message(line("answer")).await;
    assert_eq!(socket.outcome().await.success(), "answer\n");
}
