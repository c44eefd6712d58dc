//! Requests for files that nobody waits for any more, that name too much, or that meet what is hard to remove.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::parsed;
use crate::harness::{Server, TOKEN};
use crate::levels::servers;
use crate::machine::{Scratch, open_files, read_bytes, until};

/// Requests at one time, as many as are worked on then; rounds of them, of which all but the last are abandoned.
const AT_ONCE: usize = 4;
const ROUNDS: usize = 3;

/// Sends a request and reads no answer.
async fn begin(server: &Server, path: &str, body: &Value) -> TcpStream {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        server.authority,
        body.len()
    );
    let mut socket = TcpStream::connect(&server.authority).await.unwrap();
    socket.write_all((head + &body).as_bytes()).await.unwrap();
    socket
}

/// A server in which every place for work on files was taken again and again by requests that go on for minutes; the last ones.
async fn busy() -> (Server, Vec<TcpStream>) {
    let server = Server::start(&[]);
    let code = "import os; os.truncate(os.open('large', os.O_CREAT | os.O_RDWR), 16 << 20)";
    server.run(code).await.success();
    let nearly = "\0".repeat(50) + "x";
    let body = json!({ "files": vec!["large"; 10_000], "pattern": nearly, "newValue": "y" });
    let mut sockets = Vec::new();
    for _ in 0..ROUNDS {
        sockets.clear();
        let before = read_bytes(server.child.id());
        for _ in 0..AT_ONCE {
            sockets.push(begin(&server, "/files/replace", &body).await);
        }
        until(|| read_bytes(server.child.id()) > before + (AT_ONCE << 25) as u64).await;
    }
    (server, sockets)
}

#[tokio::test(flavor = "multi_thread")]
async fn work_ends_soon_when_its_client_has_gone() {
    let (server, sockets) = busy().await;
    drop(sockets);
    let info = server.status_of("GET", "/info", &[("path", "large")]).await;
    assert_eq!(info, 200);
    // The work itself has ended, too: nothing is read any more.
    let mut before = 0;
    while before != read_bytes(server.child.id()) {
        before = read_bytes(server.child.id());
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toolbox_that_stops_does_not_wait_for_work_on_files() {
    let (mut server, sockets) = busy().await;
    server.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(server.ended().await);
    drop(sockets);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_only_so_many_files() {
    let server = Server::start(&[]);
    server.upload("f", b"a").await;
    for (path, body) in [
        (
            "/files/replace",
            json!({ "files": vec!["f"; 10_001], "pattern": "a", "newValue": "b" }),
        ),
        (
            "/files/bulk-download",
            json!({ "paths": vec!["f"; 10_001] }),
        ),
    ] {
        let (status, answer) = server.http("POST", path, &body.to_string()).await;
        assert_eq!(status, 400, "{path}: {answer}");
        assert!(answer.contains("10001 files"), "{answer}");
    }
    assert_eq!(server.run("print(open('f').read())").await.success(), "a\n");
}

/// Directories one in another, deeper than a path can name.
const DEEP: &str = "
import os
for _ in range(3000):
    os.mkdir('d'); os.chdir('d')
open('end', 'w').write('x')
";

#[tokio::test(flavor = "multi_thread")]
async fn directories_are_entered_only_so_deep() {
    let server = Server::start(&[]);
    server
        .run("import os; os.mkdir('top'); os.chdir('top')")
        .await
        .success();
    server.run(DEEP).await.success();
    let few = open_files(server.child.id()) + 200;
    let most = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (pid, seen) = (server.child.id(), std::sync::Arc::clone(&most));
    let watch = watch_open_files(pid, seen);
    for (path, query, found) in [
        ("", vec![("depth", "100000")], 2 + 63),
        (
            "",
            vec![("path", "top"), ("depth", "18446744073709551615")],
            64,
        ),
        ("/search", vec![("pattern", "d")], 63),
    ] {
        let (status, _, body) = server.files("GET", path, &query).await;
        assert_eq!(status, 200, "{path}: {body}");
        let body = parsed(&body);
        let list = body.get("files").unwrap_or(&body);
        assert_eq!(list.as_array().unwrap().len(), found, "{path} {query:?}");
    }
    let find = server.status_of("GET", "/find", &[("pattern", "x")]).await;
    assert_eq!(find, 200);
    watch.abort();
    assert!(most.load(std::sync::atomic::Ordering::Relaxed) < few);
    let gone = [("path", "top"), ("recursive", "true")];
    assert_eq!(server.status_of("DELETE", "", &gone).await, 204);
}

/// Notes the most open files of a process.
fn watch_open_files(
    pid: u32,
    most: std::sync::Arc<std::sync::atomic::AtomicUsize>,
) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn(async move {
        loop {
            most.fetch_max(open_files(pid), std::sync::atomic::Ordering::Relaxed);
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    })
}

/// What stands where the toolbox would put directories that it removes, and what it may not enter at first.
const HARD: &str = "
import os
os.mkdir('file'); open('file/.trash', 'w').close()
os.mkdir('link'); os.symlink('/', 'link/.trash')
os.makedirs('directory/.trash/1/2'); os.makedirs('directory/1/2')
os.mkdir('pipe'); os.mkfifo('pipe/.trash')
os.makedirs('deep/closed/inner'); os.chmod('deep/closed', 0)
os.makedirs('read/only'); os.chmod('read/only', 0o500); os.chmod('read', 0o500)
os.makedirs('loop/a'); os.symlink('.', 'loop/.trash'); os.symlink('.trash', 'loop/a/.trash')
";

#[tokio::test(flavor = "multi_thread")]
async fn every_directory_of_the_codes_can_be_removed() {
    for (level, server, _binary) in servers() {
        server.run(HARD).await.success();
        for name in ["file", "link", "directory", "pipe", "deep", "read", "loop"] {
            let gone = [("path", name), ("recursive", "true")];
            let (status, _, body) = server.files("DELETE", "", &gone).await;
            assert_eq!(status, 204, "{level}: {name}: {body}");
        }
        let left = server.run("import os; print(os.listdir('.'))").await;
        assert_eq!(left.success(), "['.packages']\n", "{level}");
    }
}

/// A root server reaches files with the rights of the code's user: not with the groups that root itself was started with.
#[tokio::test(flavor = "multi_thread")]
async fn the_groups_of_a_root_server_open_nothing() {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;

    const GROUP: u32 = 54_322;
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let scratch = Scratch::new();
    chown(scratch.path(), Some(54_321), Some(54_321)).unwrap();
    let secret = scratch.path().join("secret");
    std::fs::write(&secret, "of the group").unwrap();
    chown(&secret, Some(0), Some(GROUP)).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o660)).unwrap();
    let server = Server::start_with(&["--workspace", scratch.word()], |command| {
        let join = || {
            let groups = [nix::unistd::Gid::from_raw(GROUP)];
            Ok(nix::unistd::setgroups(&groups)?)
        };
        // SAFETY: a single system call.
        unsafe { command.pre_exec(join) };
    });
    let code = "try: open('secret')\nexcept PermissionError: print('closed')";
    assert_eq!(server.run(code).await.success(), "closed\n");
    let (status, _, body) = server
        .files("GET", "/download", &[("path", "secret")])
        .await;
    assert_eq!(status, 403, "{body}");
}
