//! What must not bring the server down, and what must not outlive it.

use codecell::protocol::CONTEXT_PATH;
use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn four_lines_say_where_the_server_is() {
    let server = Server::start(&[]);
    let names: Vec<_> = server
        .lines
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        names,
        ["Toolbox", "Python", "Isolation", "Token"],
        "{:?}",
        server.lines
    );
}

#[tokio::test]
async fn sigterm_ends_every_run_with_a_reason() {
    let mut server = Server::start(&[]);
    let mut socket = server
        .send(json!({"code": "print('on', flush=True)\nimport time\ntime.sleep(60)"}))
        .await;
    socket.until("on\n").await;
    server.signal(Signal::SIGTERM);
    let outcome = socket.outcome().await;
    assert_eq!(outcome.close, (1001, "toolbox stopped".to_owned()));
    assert_eq!(outcome.errors[0].name, "ToolboxStopped", "{outcome:?}");
    assert!(outcome.controls.is_empty(), "{outcome:?}");
    assert!(server.ended().await, "it ends well");
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_next_is_served() {
    let server = Server::start(&[]);
    for nonsense in ["", "nonsense", "[]", "null", "{\"code\":null}", "{"] {
        let mut socket = server.open().await;
        socket.text(nonsense).await;
        let outcome = socket.outcome().await;
        assert!(
            [1002, 1008].contains(&outcome.close.0),
            "{nonsense}: {outcome:?}"
        );
    }
    for raw in [
        &b"GARBAGE\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
    ] {
        let (status, ..) = server.raw(raw.to_vec()).await;
        assert!(status == 0 || status >= 400, "{status}");
    }
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn code_over_the_limit_is_refused_in_words() {
    let server = Server::start(&[]);
    let code = format!("#{}", "x".repeat(17 << 20));
    let outcome = server.execute(json!({ "code": code })).await;
    assert_eq!(outcome.close.0, 1009, "{:?}", outcome.close);
    assert_eq!(server.run("print(1)").await.success(), "1\n");
}

#[tokio::test]
async fn what_a_killed_server_leaves_the_next_one_removes() {
    let temporary = std::env::temp_dir().join(format!("sweep-{}", std::process::id()));
    std::fs::create_dir(&temporary).expect("a directory of the test's own");
    let open_to_all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&temporary, open_to_all).expect("its mode is set");
    let start = || {
        Server::start_with(&[], |command| {
            command.env("TMPDIR", &temporary);
        })
    };
    let left = || {
        std::fs::read_dir(&temporary)
            .expect("the directory")
            .count()
    };
    let mut living = start();
    let mut killed = start();
    assert_eq!(left(), 2);
    killed.signal(Signal::SIGKILL);
    killed.ended().await;
    std::fs::create_dir(temporary.join("codecell-of-somebody-else")).expect("a directory");
    let mut next = start();
    assert_eq!(left(), 3, "the killed one's is gone");
    assert_eq!(living.run("print('here')").await.success(), "here\n");
    for server in [&mut living, &mut next] {
        server.signal(Signal::SIGTERM);
        assert!(server.ended().await);
    }
    assert_eq!(left(), 1, "each removes its own");
    std::fs::remove_dir_all(&temporary).expect("removed");
}

#[tokio::test]
async fn a_full_disk_is_told_to_python_and_survived() {
    use nix::mount::{MsFlags, mount, umount};

    let disk = std::env::temp_dir().join(format!("codecell-disk-{}", std::process::id()));
    std::fs::create_dir(&disk).expect("a directory of the test's own");
    if let Err(error) = mount(
        Some("tmpfs"),
        &disk,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("size=1m"),
    ) {
        eprintln!("skipped: no small disk can be mounted here ({error})");
        std::fs::remove_dir(&disk).expect("removed");
        return;
    }
    let server = Server::start(&["--workspace", disk.to_str().expect("a path in UTF-8")]);
    let code = "try:\n    with open('big', 'wb') as file: file.write(bytes(2 << 20))\nexcept OSError as error:\n    print(error.errno)";
    let full = server.run(code).await;
    assert_eq!(full.success(), "28\n", "ENOSPC");
    assert_eq!(
        server
            .run("import os; os.remove('big'); print('again')")
            .await
            .success(),
        "again\n"
    );
    drop(server);
    umount(&disk).expect("unmounted");
    std::fs::remove_dir(&disk).expect("removed");
}

#[tokio::test]
async fn python_removed_while_it_runs_is_told_in_words() {
    let folder = std::env::temp_dir().join(format!("codecell-python-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a directory of the test's own");
    let made = std::process::Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&folder)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "an environment");
    let python = folder.join("bin/python3");
    let python = python.to_str().expect("a path in UTF-8");
    let server = Server::start(&["--python", python, "--warm", "0"]);
    assert_eq!(server.run("kept = 1; print(kept)").await.success(), "1\n");
    std::fs::remove_dir_all(&folder).expect("removed");
    let running = server.run("print(kept)").await;
    assert_eq!(running.success(), "1\n");
    let (status, body) = server.http("POST", CONTEXT_PATH, "{}").await;
    assert_eq!(status, 500, "{body}");
    assert!(
        body.contains("Python") && body.contains("No such file"),
        "{body}"
    );
    let dead = server.run("import os; os._exit(1)").await;
    assert_eq!(dead.close.0, 1001);
    let refused = server.run("print(1)").await;
    assert_eq!(refused.close.0, 1011, "{refused:?}");
    assert!(refused.close.1.contains("Python"), "{refused:?}");
}
