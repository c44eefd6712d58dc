//! The files that a run writes.

use codecell::protocol::{FilesFrame, FrameKind};
use serde_json::{Value, json};

use crate::harness::{Outcome, Server};
use crate::link_client::{LinkClient, only_id};

impl Outcome {
    /// The files that were listed: the path, `+` before it if the file is new, and the size.
    #[track_caller]
    fn files(&self) -> Vec<String> {
        let frame = self.files_frame().expect("files were listed");
        assert!(!frame.truncated);
        (frame.files.iter())
            .map(|file| {
                let sign = if file.created { "+" } else { "" };
                format!("{sign}{} {}", file.path, file.size)
            })
            .collect()
    }

    fn files_frame(&self) -> Option<FilesFrame> {
        let mut frames = (self.frames.iter()).filter(|frame| frame.kind == FrameKind::Files);
        let frame = frames.next();
        assert!(frames.next().is_none(), "they are listed once");
        frame.map(|frame| serde_json::from_str(&frame.text).expect("a list of files"))
    }
}

fn request(code: &str) -> Value {
    json!({ "code": code, "files": true })
}

const NEW: &str = "open('a.txt', 'w').write('one')";

#[tokio::test]
async fn what_a_run_creates_and_changes_is_listed_before_its_end() {
    let server = Server::start(&[]);
    let outcome = server.execute(request(NEW)).await;
    assert_eq!(outcome.files(), ["+a.txt 3"]);
    let kinds: Vec<FrameKind> = outcome.frames.iter().map(|frame| frame.kind).collect();
    assert_eq!(kinds, [FrameKind::Files, FrameKind::Control]);
    // The same size, and at once.
    for content in ["two", "six", "ten"] {
        let code = format!("open('a.txt', 'w').write('{content}')");
        assert_eq!(server.execute(request(&code)).await.files(), ["a.txt 3"]);
    }
    let outcome = server.execute(request("print(open('a.txt').read())")).await;
    assert_eq!(
        (outcome.files().len(), outcome.success()),
        (0, "ten\n".to_owned())
    );
}

#[tokio::test]
async fn it_does_not_matter_who_writes_and_how() {
    let server = Server::start(&[]);
    let code = "
import os, subprocess, sys, threading
subprocess.run([sys.executable, '-c', \"open('child', 'w').write('1')\"], check=True)
os.system('echo shell > shell')
thread = threading.Thread(target=lambda: open('thread', 'w').write('12'))
thread.start(); thread.join()
os.makedirs('deep/er')
open('deep/er/file', 'w').close()
open('temporary', 'w').close(); os.rename('temporary', 'final')
open('gone', 'w').close(); os.remove('gone')
os.symlink('final', 'link')
open('.hidden', 'w').close()
held = open('held', 'wb'); held.write(bytes(10)); held.flush()
";
    let outcome = server.execute(request(code)).await;
    let wanted = [
        "+child 1",
        "+deep/er/file 0",
        "+final 0",
        "+held 10",
        "+shell 6",
        "+thread 2",
    ];
    assert_eq!(outcome.files(), wanted, "{outcome:?}");
    server
        .run("import os\nview = os.open('mapped', os.O_RDWR | os.O_CREAT)\nos.truncate(view, 4096)")
        .await
        .success();
    let code = "import mmap\nmapped = mmap.mmap(view, 4096)\nmapped[0] = 1\nmapped.flush()";
    assert_eq!(server.execute(request(code)).await.files(), ["mapped 4096"]);
}

#[tokio::test]
async fn files_are_listed_only_on_request() {
    let server = Server::start(&[]);
    for no in [
        json!({ "code": NEW }),
        json!({ "code": NEW, "files": false }),
        json!({ "code": NEW, "files": null }),
    ] {
        let outcome = server.execute(no).await;
        assert_eq!(outcome.files_frame(), None);
        outcome.success();
    }
    let outcome = server.execute(json!({ "code": NEW, "files": 1 })).await;
    assert_eq!(outcome.close.0, 1002, "{outcome:?}");
}

#[tokio::test]
async fn a_run_that_fails_has_written_all_the_same() {
    let server = Server::start(&[]);
    let loses = |rest: &str| format!("{NEW}\n{rest}");
    let outcome = server.execute(request(&loses("1 / 0"))).await;
    assert_eq!(outcome.files(), ["+a.txt 3"]);
    outcome.error("ZeroDivisionError");
    let mut late = request(&loses("while True: pass"));
    late["timeout"] = json!(0.2);
    let outcome = server.execute(late).await;
    assert_eq!(
        (outcome.files(), outcome.close.0),
        (vec!["a.txt 3".to_owned()], 4008)
    );
    let outcome = server
        .execute(request(&loses("import os; os._exit(3)")))
        .await;
    assert_eq!(
        (outcome.files(), outcome.close.0),
        (vec!["a.txt 3".to_owned()], 1001)
    );
}

#[tokio::test]
async fn a_list_has_the_files_that_other_contexts_wrote_meanwhile() {
    let server = Server::start(&[]);
    let folder = server.create(json!({ "cwd": "" })).await.id;
    let mut waits = request("input()\nopen('mine', 'w').close()");
    waits["stdin"] = json!(true);
    waits["contextId"] = json!(folder);
    let mut first = server.send(waits).await;
    assert_eq!(
        first.next().await.expect("a question").kind,
        FrameKind::Input
    );
    assert_eq!(server.execute(request(NEW)).await.files(), ["+a.txt 3"]);
    first
        .message(json!({ "type": "stdin", "text": "on" }))
        .await;
    assert_eq!(first.outcome().await.files(), ["+a.txt 3", "+mine 0"]);
}

#[tokio::test]
async fn a_workspace_too_large_to_be_looked_at_is_said_to_be() {
    let server = Server::start(&[]);
    let code = "import os\nos.mkdir('many')\nfor i in range(11_000): os.close(os.open(f'many/{i}', os.O_CREAT))";
    let frame = server
        .execute(request(code))
        .await
        .files_frame()
        .expect("a list");
    assert!(frame.truncated && frame.files.is_empty(), "{frame:?}");
    let frame = server
        .execute(request(NEW))
        .await
        .files_frame()
        .expect("a list");
    let paths: Vec<&str> = frame.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, frame.truncated), (vec!["a.txt"], true));
    // The same in the workspace itself, and a workspace without the right to read it.
    for code in [
        "import os, shutil\nshutil.rmtree('many')\nfor i in range(11_000): os.close(os.open(f'{i}', os.O_CREAT))",
        "os.chmod('.', 0)",
    ] {
        let outcome = server.execute(request(code)).await;
        let frame = outcome.files_frame().expect("a list");
        assert!(frame.truncated && frame.files.is_empty(), "{frame:?}");
        outcome.success();
    }
}

#[tokio::test]
async fn a_client_that_attaches_gets_the_list_too() {
    let server = Server::start(&[]);
    let mut page = LinkClient::open(&server).await;
    let run = page
        .run(json!({ "code": NEW, "files": true, "keep": true }))
        .await;
    assert_eq!(page.ended(run).await.files(), ["+a.txt 3"]);
    let id = only_id(&server).await;
    let mut page = LinkClient::open(&server).await;
    let run = page.attach(&id, 0).await;
    assert_eq!(page.ended(run).await.files(), ["+a.txt 3"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_works_at_each_level_of_isolation() {
    for (level, server, _scratch) in crate::levels::servers() {
        let outcome = server.execute(request(NEW)).await;
        assert_eq!(outcome.files(), ["+a.txt 3"], "{level}");
        outcome.success();
    }
}
