//! The limit on the disk space of all files.
#![cfg(target_os = "linux")]

use serde_json::json;

use crate::common::Scratch;
use crate::harness::{Outcome, Server};
use crate::levels::servers_with;

const MIB: usize = 1 << 20;

const LIMIT: [&str; 2] = ["--max-disk", "4M"];

/// Writes ten files of 1 MiB, and says after each how many there are.
const MANY: &str = "
import os
def fill(count=10, folder='.'):
    for i in range(count):
        with open(f'{folder}/{i}', 'wb') as file: file.write(os.urandom(1 << 20))
        print(i + 1, flush=True)
";

/// A server whose workspace lies on a disk, not in memory.
fn on_disk() -> (Server, Scratch) {
    let scratch = Scratch::new();
    let server = Server::start(&[&["--workspace", scratch.word()], &LIMIT[..]].concat());
    (server, scratch)
}

#[track_caller]
fn stopped(outcome: &Outcome) {
    let error = outcome.error("DiskLimitExceeded");
    assert!(
        error.value.contains("4194304 bytes") && error.value.contains("--max-disk"),
        "{error:?}"
    );
}

#[tokio::test]
async fn uploads_are_held_to_the_limit_exactly() {
    let (server, _scratch) = on_disk();
    let room = |status, answer: &serde_json::Value| {
        assert_eq!(status, 507, "{answer}");
        assert!(answer.to_string().contains("--max-disk"), "{answer}");
    };
    assert_eq!(server.upload("a", &vec![1; 3 * MIB]).await.0, 200);
    let (status, answer) = server.upload("b", &vec![1; MIB]).await;
    room(status, &answer);
    assert_eq!(answer["code"], "NO_SPACE");
    // What it replaces stays until the new file is whole.
    let (status, answer) = server.upload("a", &vec![1; MIB + 1]).await;
    room(status, &answer);
    let files = [
        ("\"files[0].path\"", &b"c"[..]),
        ("\"files[0].file\"; filename=x", &[1; 600_000]),
    ];
    let more = [
        ("\"files[1].path\"", &b"d"[..]),
        ("\"files[1].file\"; filename=x", &[1; 600_000]),
    ];
    let body = super::files::form(&[files, more].concat());
    let (status, answer) = server.post_form("/files/bulk-upload", body).await;
    assert_eq!(
        (status, answer["files"][0]["path"].as_str()),
        (400, Some("c")),
        "{answer}"
    );
    assert!(
        answer["errors"][0].to_string().contains("d: with it"),
        "{answer}"
    );
    let replace = json!({ "files": ["c"], "pattern": "\u{1}", "newValue": "22" });
    let (_, answer) = server
        .http("POST", "/files/replace", &replace.to_string())
        .await;
    assert!(answer.contains("--max-disk"), "{answer}");
    // Room is there again as soon as something is removed.
    assert_eq!(server.status_of("DELETE", "", &[("path", "a")]).await, 204);
    assert_eq!(server.upload("b", &vec![1; 2 * MIB]).await.0, 200);
    let left = server.run("import os\nprint(sorted(name for name in os.listdir() if name[0] != '.'), os.listdir('.packages'))").await;
    assert_eq!(left.success(), "['b', 'c'] []\n");
}

#[tokio::test]
async fn code_is_stopped_once_its_files_take_too_much() {
    let (server, _scratch) = on_disk();
    let outcome = server.run(&format!("{MANY}\nfill(3)\nkept = 'kept'")).await;
    outcome.success();
    let outcome = server.run("fill()\nwhile True: pass").await;
    stopped(&outcome);
    // It may run, also to make room, as long as it adds nothing.
    let outcome = server.run("print(kept)\nfor i in range(9): os.path.exists(str(i)) and os.remove(str(i))\nopen('9', 'w').close()").await;
    assert_eq!(outcome.success(), "kept\n");
    // In the directory for temporary files, too; and before anything was measured again.
    stopped(
        &server
            .run("import tempfile\nfill(6, tempfile.gettempdir())")
            .await,
    );
    stopped(&server.run("fill(2)").await);
    let outcome = server
        .run("for i in range(6): os.remove(f'{tempfile.gettempdir()}/{i}')\nfill(2)")
        .await;
    assert_eq!(outcome.success(), "1\n2\n");
    // One file alone: the kernel itself says so.
    let code = "os.truncate(os.open('large', os.O_CREAT | os.O_RDWR), 5 << 20)";
    let error = server.run(code).await.error("OSError");
    assert!(error.value.contains("File too large"), "{error:?}");
}

#[tokio::test]
async fn code_that_ignores_the_interrupt_is_killed() {
    let (server, _scratch) = on_disk();
    let code = format!(
        "{MANY}\nwhile True:\n    try: fill(9); import time; time.sleep(60)\n    except BaseException: pass"
    );
    let outcome = server.run(&code).await;
    assert_eq!(
        (outcome.close.0, outcome.errors[0].name.as_str()),
        (1001, "WorkerDied")
    );
    assert!(
        outcome.errors[0].value.contains("4194304 bytes"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_goes_on_in_the_background_stops_the_next_run() {
    let (server, _scratch) = on_disk();
    let code = format!(
        "{MANY}\nimport threading, time\ngo = threading.Event()\nthreading.Thread(target=lambda: (go.wait(), fill(9))).start()"
    );
    server.run(&code).await.success();
    stopped(&server.run("go.set()\nwhile True: time.sleep(1)").await);
}

#[tokio::test]
async fn every_context_that_runs_meanwhile_is_stopped() {
    let (server, _scratch) = on_disk();
    let context = server.create(json!({})).await.id;
    let mut other = server
        .send(json!({ "code": "print('on', flush=True)\nwhile True: pass", "contextId": context }))
        .await;
    other.until("on").await;
    stopped(
        &server
            .run(&format!("{MANY}\nfill(9)\nwhile True: pass"))
            .await,
    );
    let outcome = other.outcome().await;
    stopped(&outcome);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_at_each_level_of_isolation() {
    for (level, server, _scratch) in servers_with(&LIMIT) {
        let size = "import os\nall = os.statvfs('.')\nprint(all.f_blocks * all.f_frsize)";
        let in_memory = server.run(size).await.success() == "4194304\n";
        assert_eq!(in_memory, level.contains("with a new root"), "{level}");
        let outcome = server
            .run(&format!("{MANY}\nfill()\nwhile True: pass"))
            .await;
        if in_memory {
            // The kernel refuses, exactly, and counts what was removed but is open, and temporary files.
            let error = outcome.error("OSError");
            assert!(
                error.value.contains("No space left on device"),
                "{level}: {error:?}"
            );
            assert_eq!(outcome.stdout, "1\n2\n3\n4\n", "{level}");
            let hidden = "for i in range(4): os.remove(str(i))\nopened = open('/tmp/opened', 'wb'); os.remove('/tmp/opened')\nopened.write(bytes(3 << 20)); opened.flush()\nfill(2)";
            server.run(hidden).await.error("OSError");
            server.run("opened.close()").await.success();
        } else {
            stopped(&outcome);
        }
        server
            .run("for i in range(10): os.path.exists(str(i)) and os.remove(str(i))")
            .await
            .success();
        // Clients and code meet in the same place.
        let (status, answer) = server.upload("large", &vec![1; 5 * MIB]).await;
        assert_eq!(status, 507, "{level}: {answer}");
        assert_eq!(
            server.upload("small", &vec![1; MIB]).await.0,
            200,
            "{level}"
        );
        let code = "print(os.path.getsize('small'))\nopen('mine', 'w').write('abc')";
        let outcome = server.execute(json!({ "code": code, "files": true })).await;
        assert_eq!(outcome.success(), "1048576\n", "{level}");
        let (status, _, body) = server.files("GET", "/download", &[("path", "mine")]).await;
        assert_eq!((status, body.as_str()), (200, "abc"), "{level}");
    }
}
