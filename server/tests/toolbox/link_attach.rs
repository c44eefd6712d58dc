//! Attaching to a run on a link: after a reload, after its end, and while somebody else listens.

use std::process::Command;

use codecell::protocol::Missing;
use serde_json::{Value, json};

use crate::harness::{Server, assert_same};
use crate::link_client::{LinkClient, executions, only_id};
use crate::machine::{Scratch, skip};

#[tokio::test]
async fn a_kept_run_is_attached_to_after_a_reload_and_after_its_end() {
    let server = Server::start(&[]);
    let mut page = LinkClient::open(&server).await;
    let code = "for i in range(2000): print(i)\nprint(input('more? '))";
    let run = page
        .run(json!({ "code": code, "stdin": true, "keep": true }))
        .await;
    page.until_prompt(run, 1).await;
    page.cut();
    let list = executions(&server).await;
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["status"], &list[0]["kept"]),
        (&json!("running"), &json!(true))
    );
    let id = list[0]["id"].as_str().expect("an id").to_owned();
    let lines: String = (0..2000).map(|i| format!("{i}\n")).collect();
    // The page is loaded again.
    let mut page = LinkClient::open(&server).await;
    let run = page.attach(&id, 0).await;
    page.until_prompt(run, 1).await;
    assert_same(&page.runs[&run].outcome.stdout, &lines);
    page.answer(run, "yes").await;
    assert_same(&page.ended(run).await.success(), &format!("{lines}yes\n"));
    // And again, after the end.
    let list = executions(&server).await;
    assert_eq!(list[0]["status"], "ended");
    for after in [0, 1] {
        let mut page = LinkClient::open(&server).await;
        let run = page.attach(&id, after).await;
        let outcome = page.ended(run).await;
        assert!(outcome.stdout.ends_with("yes\n"), "{outcome:?}");
        assert_eq!(outcome.stdout.starts_with("0\n"), after == 0);
    }
}

#[tokio::test]
async fn who_attaches_is_not_asked_what_was_answered() {
    let server = Server::start(&[]);
    let code = "print(input('a? '))\nprint(input('b? '))";
    let mut page = LinkClient::open(&server).await;
    let run = page
        .run(json!({ "code": code, "stdin": true, "keep": true }))
        .await;
    page.until_prompt(run, 1).await;
    page.answer(run, "1").await;
    page.until_prompt(run, 2).await;
    let id = only_id(&server).await;
    let mut page = LinkClient::open(&server).await;
    let run = page.attach(&id, 0).await;
    page.until_prompt(run, 1).await;
    assert_eq!(page.runs[&run].answered, 1);
    page.answer(run, "2").await;
    assert_eq!(page.ended(run).await.success(), "1\n2\n");
    let mut page = LinkClient::open(&server).await;
    let run = page.attach(&id, 0).await;
    page.until_end(run).await;
    let transcript = &page.runs[&run];
    assert_eq!((transcript.prompts, transcript.answered), (0, 2));
    assert_eq!(transcript.outcome.stdout, "1\n2\n");
}

#[tokio::test]
async fn who_attaches_after_a_question_that_waits_is_asked() {
    let server = Server::start(&[]);
    for keep in [false, true] {
        let mut page = LinkClient::open(&server).await;
        let code = "print(input('a? '))";
        let run = page
            .run(json!({ "code": code, "stdin": true, "keep": keep }))
            .await;
        page.until_prompt(run, 1).await;
        page.settle().await;
        let id = only_id(&server).await;
        let mut pages = vec![page];
        // Whatever it says that it has had; a question that is asked again is not asked twice.
        for after in [1, 0, 1000, 1, 2] {
            let mut page = LinkClient::open(&server).await;
            let run = page.attach(&id, after).await;
            page.runs.get_mut(&run).expect("a run").begins_anywhere = true;
            page.until_prompt(run, 1).await;
            page.settle().await;
            assert_eq!(page.runs[&run].prompts, 1, "{keep}, after {after}");
            pages.push(page);
        }
        let mut page = pages.pop().expect("the last one");
        page.answer(1, "answer").await;
        page.until_end(1).await;
        assert_eq!(page.runs[&1].outcome.stdout, "answer\n");
        assert_eq!(page.runs[&1].end.as_ref().expect("an end").code, 1000);
        drop(pages);
        if keep {
            let mut page = LinkClient::open(&server).await;
            let run = page.attach(&id, 0).await;
            page.until_end(run).await;
            assert_eq!(page.runs[&run].prompts, 0);
            assert!(page.runs[&run].answered > 1);
        }
    }
}

#[tokio::test]
async fn who_attaches_takes_the_run_away_and_the_other_is_told() {
    let server = Server::start(&[]);
    let mut one = LinkClient::open(&server).await;
    let run = one
        .run(json!({ "code": "print('on')\nprint(input())", "stdin": true }))
        .await;
    one.until_prompt(run, 1).await;
    one.settle().await;
    let id = only_id(&server).await;
    let mut two = LinkClient::open(&server).await;
    let theirs = two.attach(&id, 0).await;
    let outcome = one.ended(run).await;
    assert_eq!(outcome.close, (4010, "attached elsewhere".to_owned()));
    // It was not kept: acknowledged events are gone, and the second client learns how many.
    two.answer(theirs, "x").await;
    two.until_end(theirs).await;
    let missing = two.runs[&theirs].missing;
    assert!(
        matches!(missing, Some(Missing { events: 1.., .. })),
        "{missing:?}"
    );
    assert!(two.ended(theirs).await.stdout.ends_with("x\n"));
    // What the first session sends about it now is ignored.
    one.interrupt(run).await;
    let next = one.run(json!({ "code": "print(1)" })).await;
    assert_eq!(one.ended(next).await.success(), "1\n");
}

#[tokio::test]
async fn nobody_attaches_to_what_is_not_there() {
    let server = Server::start(&[]);
    let mut client = LinkClient::open(&server).await;
    for id in ["", "x", "5f0c.1", "..", &"x".repeat(10_000)] {
        let run = client.attach(id, 3).await;
        client.runs.get_mut(&run).expect("a run").cursor = 0;
        let outcome = client.ended(run).await;
        assert_eq!(outcome.close.0, 1008);
        assert!(outcome.close.1.starts_with("execution not found: "));
    }
}

/// A file system of so many bytes, until it is dropped.
struct SmallDisk(Scratch);

impl SmallDisk {
    /// `None` if this user may not mount one.
    fn mount(bytes: u32) -> Option<Self> {
        let disk = Self(Scratch::new());
        let size = format!("size={bytes},mode=1777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        let status = mount.arg(disk.0.path()).status().ok()?;
        status.success().then_some(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn output_that_the_disk_has_no_room_for_comes_and_is_not_called_kept() {
    let Some(disk) = SmallDisk::mount(1 << 20) else {
        return skip("this user can't mount a small file system");
    };
    let server = Server::start_with(&[], |command| {
        command.env("TMPDIR", disk.0.path());
    });
    let mut page = LinkClient::open(&server).await;
    let code = "print(input())\nfor _ in range(3000): print('x' * 1000)\nprint(input())";
    let run = page
        .run(json!({ "code": code, "stdin": true, "keep": true }))
        .await;
    page.until_prompt(run, 1).await;
    assert_eq!(executions(&server).await[0]["kept"], true);
    page.answer(run, "1").await;
    page.until_prompt(run, 2).await;
    let listed = executions(&server).await;
    assert_eq!(listed[0]["kept"], false, "{listed:?}");
    page.answer(run, "2").await;
    let lines = "1\n".to_owned() + &format!("{}\n", "x".repeat(1000)).repeat(3000) + "2\n";
    assert_same(&page.ended(run).await.success(), &lines);
    // It is not listed. A client that attaches all the same gets its end, and how much is missing.
    assert_eq!(executions(&server).await, Vec::<Value>::new());
    let mut late = LinkClient::open(&server).await;
    let id = listed[0]["id"].as_str().expect("an id");
    let run = late.attach(id, 0).await;
    late.until_end(run).await;
    assert!(late.runs[&run].missing.is_some_and(|one| one.events > 1));
    let outcome = late.ended(run).await;
    assert_eq!((outcome.stdout.as_str(), outcome.close.0), ("", 1000));
}
