//! The command line, the four lines at the start, and the log.

use std::io::Read;
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::harness::{Server, TOKEN};

/// What the binary prints with one word, and then ends.
fn printed(word: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_codecell-server"))
        .arg(word)
        .output()
        .expect("the server's binary starts");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Everything that a server logs until it is stopped, with these arguments and filter.
async fn logged(arguments: &[&str], filter: &str, code: &str) -> (Server, String) {
    let mut server = Server::start_with(arguments, |command| {
        command.env("RUST_LOG", filter).stderr(Stdio::piped());
    });
    let mut stderr = server.child.stderr.take().expect("stderr is piped");
    let reading = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("text");
        said
    });
    server.run(code).await.success();
    let head = "Authorization: Bearer wrong\r\n";
    server.http_with("GET", "/metrics", head, "").await;
    server.http("GET", "/metrics", "").await;
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
    (server, reading.await.expect("it is read"))
}

#[test]
fn help_and_version() {
    let version = printed("--version");
    assert_eq!(
        version,
        format!("codecell-server {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = printed("--help");
    for word in [
        "--port",
        "--workspace",
        "--require-isolation",
        "--max-memory",
        "[default: 2280]",
        "Maximum private memory of one process",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    assert!(!help.contains("--without-layer"), "{help}");
    // The groups, each in front of its first option.
    let places: Vec<_> = [
        "Listening:",
        "--port",
        "Access:",
        "--token",
        "Python:",
        "--python",
        "Isolation:",
        "--network",
        "Limits for code:",
        "--max-memory",
        "Limits for clients:",
        "--max-contexts",
        "Connections:",
        "--max-connections",
    ]
    .map(|word| {
        let mut lines = help.lines();
        lines.position(|line| line.trim_start().starts_with(word))
    })
    .into();
    assert!(places.iter().all(Option::is_some), "{places:?} {help}");
    assert!(places.is_sorted(), "{places:?} {help}");
}

#[tokio::test]
async fn a_token_of_any_punctuation_works_and_reaches_the_page_whole() {
    let token = "a&b=c+d%20#?/~";
    let page = crate::machine::Scratch::new();
    std::fs::write(page.path().join("index.html"), "here").expect("written");
    let server = Server::start_with(&["--www", page.word()], |command| {
        command.env("CODECELL_TOKEN", token);
    });
    let fragment = server.lines[3].split_once("/#").expect("a fragment").1;
    let read: Vec<_> = form_urlencoded::parse(fragment.as_bytes()).collect();
    assert_eq!(read, [("token".into(), token.into())]);
    for head in [
        format!("Authorization: Bearer {token}\r\n"),
        format!("X-Daytona-Preview-Token: {token}\r\n"),
    ] {
        assert_eq!(
            server.http_with("GET", "/metrics", &head, "").await.0,
            200,
            "{head}"
        );
    }
}

#[tokio::test]
async fn a_log_in_a_file_is_plain_text() {
    let (_, said) = logged(&[], "info", "print(1)").await;
    assert!(said.contains("execution ended"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

/// Only a kill that the toolbox did not do may have to do with memory.
#[tokio::test]
async fn a_kill_by_the_toolbox_is_logged_with_its_cause() {
    let mut server = Server::start_with(&["--log", "json"], |command| {
        command.env("RUST_LOG", "info").stderr(Stdio::piped());
    });
    let mut stderr = server.child.stderr.take().expect("stderr is piped");
    let reading = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("text");
        said
    });
    let stubborn =
        "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass";
    let request = serde_json::json!({ "code": stubborn, "timeout": 0.5 });
    let outcome = server.execute(request).await;
    assert_eq!(outcome.close.0, 4008, "{outcome:?}");
    let outcome = server.run("import os\nos._exit(3)").await;
    assert!(
        outcome.errors[0].value.contains("exited with status 3"),
        "{outcome:?}"
    );
    let context = server.create(serde_json::json!({})).await;
    let code = "print('on', flush=True)\nwhile True: pass";
    let mut socket = server
        .send(serde_json::json!({ "code": code, "contextId": context.id }))
        .await;
    socket.until("on\n").await;
    server.delete(&context.id).await;
    assert_eq!(socket.outcome().await.close.0, 1001);
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
    let said = reading.await.expect("it is read");
    let losses: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("lost its worker"))
        .collect();
    assert_eq!(losses.len(), 2, "{said}");
    assert!(
        losses[0].contains("did not react to an interrupt"),
        "{}",
        losses[0]
    );
    assert!(losses[1].contains("exited with status 3"), "{}", losses[1]);
    assert!(!said.contains("memory runs out"), "{said}");
}

#[tokio::test]
async fn refused_names_are_logged_once_each_and_not_without_end() {
    let mut server = Server::start_with(&[], |command| {
        command.stderr(Stdio::piped());
    });
    let mut stderr = server.child.stderr.take().expect("stderr is piped");
    let reading = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("text");
        said
    });
    for head in [
        "Origin: https://evil.example\r\n",
        "Host: other.example\r\n",
        "Origin: null\r\n",
    ] {
        for _ in 0..2 {
            server.http_with("GET", "/health", head, "").await;
        }
    }
    let long = "a".repeat(20_000);
    for number in 0..100 {
        let head = format!("Origin: https://{number}-{long}.example\r\n");
        server.http_with("GET", "/health", &head, "").await;
    }
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
    let said = reading.await.expect("it is read");
    for advice in [
        "--allow-origin https://evil.example",
        "--allow-host other.example",
        "--allow-origin null",
    ] {
        assert_eq!(said.matches(advice).count(), 1, "{said:.9000}");
    }
    assert!((4..=70).contains(&said.lines().count()), "{said:.9000}");
    assert!(said.len() < 64 << 10, "{} bytes", said.len());
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_warned_of() {
    for (host, warned) in [("0.0.0.0", true), ("127.0.0.1", false)] {
        let (_, said) = logged(&["--host", host], "warn", "print(1)").await;
        assert_eq!(
            said.contains("other machines can reach this toolbox"),
            warned,
            "{said}"
        );
    }
}

#[tokio::test]
async fn the_log_can_be_json_and_says_how_the_code_is_isolated() {
    let (server, said) = logged(&["--log", "json"], "info", "print(1)").await;
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let about = |message: &str| {
        let line = lines
            .iter()
            .find(|line| line["fields"]["message"] == message);
        line.unwrap_or_else(|| panic!("no {message:?} in {said}"))
    };
    let isolation = &about("isolation")["fields"];
    let level = isolation["level"].as_str().expect("a word");
    assert!(server.lines[2].contains(level), "{isolation}");
    assert!(isolation["layers"].is_string(), "{isolation}");
    assert!(isolation["missing"].is_string(), "{isolation}");
    assert_eq!(about("stopping")["fields"]["why"], "SIGTERM");
}

#[tokio::test]
async fn no_log_holds_the_token() {
    // The socket's URL has it in its query.
    let (_, said) = logged(&[], "trace", "print('traced')").await;
    assert!(said.contains("stopping"), "{said}");
    assert!(!said.contains(TOKEN), "{said}");
}

/// The lines on stdout say all that somebody who starts the toolbox wants to know. RUST_LOG raises the log.
#[tokio::test]
async fn by_default_a_start_and_a_run_log_nothing() {
    let mut server = Server::start_with(&[], |command| {
        command.env_remove("RUST_LOG").stderr(Stdio::piped());
    });
    let mut stderr = server.child.stderr.take().expect("stderr is piped");
    server.run("print(1)").await.success();
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
    let mut said = String::new();
    stderr.read_to_string(&mut said).expect("text");
    assert_eq!(said, "");
}

#[tokio::test]
async fn the_four_lines() {
    let server = Server::start(&[]);
    let [toolbox, python, isolation, token] = &server.lines[..] else {
        panic!("{:?}", server.lines);
    };
    assert_eq!(*toolbox, format!("Toolbox:    http://{}", server.authority));
    assert!(python.starts_with("Python:     3."), "{python}");
    assert!(python.ends_with(')'), "{python}");
    let level = isolation.strip_prefix("Isolation:  ").expect("the third");
    assert!(
        ["strong (", "medium (", "basic ("]
            .iter()
            .any(|word| level.starts_with(word)),
        "{isolation}"
    );
    assert_eq!(*token, format!("Token:      {TOKEN}"));
}

/// A server for all addresses tells one that can be asked. No other test listens beyond loopback.
#[tokio::test]
async fn an_address_of_all_is_told_as_one_that_works() {
    let server = Server::start(&["--host", "0.0.0.0"]);
    assert!(
        server.authority.starts_with("127.0.0.1:"),
        "{:?}",
        server.lines
    );
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

/// Where no namespace hides the server, its workers' filter knows its threads by their numbers.
#[tokio::test]
async fn no_thread_starts_after_the_first_worker() {
    let page = crate::machine::Scratch::new();
    std::fs::write(page.path().join("index.html"), "here").expect("written");
    let server = Server::start(&["--www", page.word()]);
    let threads = || {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", server.child.id()));
        let mut ids: Vec<_> = (tasks.expect("the server is there").flatten())
            .map(|task| task.file_name())
            .collect();
        ids.sort();
        ids
    };
    let before = threads();
    let pages = (0..40).map(|_| server.http_with("GET", "/index.html", "", ""));
    for (status, ..) in futures_util::future::join_all(pages).await {
        assert_eq!(status, 200);
    }
    let context = server.create(serde_json::json!({})).await;
    server.run_in(&context.id, "print(1)").await.success();
    server.delete(&context.id).await;
    assert_eq!(threads(), before);
}
