//! What the server stands on goes away: room on the disk, a working directory, Python itself.

use codecell::protocol::CONTEXT_PATH;
use serde_json::json;

use crate::harness::Server;
use crate::machine::{Scratch, skip, virtual_environment};

/// A small disk at `.0`, unmounted when dropped.
struct Disk(Scratch);

impl Disk {
    fn mount() -> Result<Self, nix::Error> {
        let place = Scratch::new();
        nix::mount::mount(
            Some("tmpfs"),
            place.path(),
            Some("tmpfs"),
            nix::mount::MsFlags::empty(),
            Some("size=1m,mode=755"),
        )?;
        Ok(Self(place))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = nix::mount::umount2(self.0.path(), nix::mount::MntFlags::MNT_DETACH);
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_of_python() {
    let disk = match Disk::mount() {
        Ok(disk) => disk,
        Err(error) => {
            return skip(&format!("no file system can be mounted here: {error}"));
        }
    };
    let server = Server::start(&["--workspace", disk.0.word()]);
    let fill =
        "kept = 1\nwith open('large', 'wb', 0) as file:\n    while True: file.write(bytes(65536))";
    let error = server.run(fill).await.error("OSError");
    assert!(error.value.contains("No space left"), "{error:?}");
    // With nothing left, runs and new contexts work on.
    assert_eq!(server.run("print(kept)").await.success(), "1\n");
    let context = server.create(json!({})).await;
    let printed = server.run_in(&context.id, "print('here')").await;
    assert_eq!(printed.success(), "here\n");
    server
        .run("import os\nos.remove('large')\nopen('small', 'w').write('x')")
        .await
        .success();
    drop(server);
}

#[tokio::test]
async fn a_working_directory_that_goes_is_told() {
    let server = Server::start(&[]);
    server.run("import os\nos.mkdir('place')").await.success();
    let context = server.create(json!({"cwd": "place"})).await;
    server.run_in(&context.id, "kept = 1").await.success();
    server.run("os.rmdir('place')").await.success();

    // The worker that stands in it goes on; what needs the directory says what is wrong.
    let printed = server.run_in(&context.id, "print(kept)").await;
    assert_eq!(printed.success(), "1\n");
    let asked = server.run_in(&context.id, "import os\nos.getcwd()").await;
    asked.error("FileNotFoundError");

    // A fresh worker can't stand there: it says so, and where it is.
    let died = server.run_in(&context.id, "import os\nos._exit(1)").await;
    assert_eq!(died.close.0, 1001);
    let fresh = server
        .run_in(&context.id, "import os\nprint(os.getcwd())")
        .await;
    assert!(fresh.stderr.contains("variables are gone"), "{fresh:?}");
    assert!(fresh.stderr.contains(&context.cwd), "{fresh:?}");
    let workspace = context.cwd.trim_end_matches("/place").to_owned();
    assert!(
        fresh.stderr.contains(&format!("runs in {workspace}")),
        "{fresh:?}"
    );
    assert_eq!(fresh.success(), format!("{workspace}\n"));
    assert_eq!(server.run_in(&context.id, "pass").await.stderr, "");
}

#[tokio::test]
async fn python_removed_is_told() {
    let scratch = Scratch::new();
    let venv = scratch.path().join("venv");
    let program = virtual_environment(&venv, &["--copies", "--without-pip"]);
    let server = Server::start(&["--python", &program, "--warm", "0"]);
    server.run("kept = 1").await.success();
    std::fs::remove_dir_all(&venv).expect("it can be removed");

    assert_eq!(server.run("print(kept)").await.success(), "1\n");
    let (status, body) = server.http("POST", CONTEXT_PATH, "{}").await;
    assert_eq!(status, 500, "{body}");
    assert!(body.contains("Python"), "{body}");
    assert!(body.contains(&program), "it names what is missing: {body}");
    // A worker that dies can't be replaced: the run says why, and the server goes on.
    assert_eq!(server.run("import os\nos._exit(1)").await.close.0, 1001);
    let next = server.run("print(1)").await;
    assert_eq!(next.close.0, 1011, "{next:?}");
    assert!(next.close.1.contains("Python"), "{next:?}");
    assert_eq!(server.http("GET", "/health", "").await.0, 200);
}
