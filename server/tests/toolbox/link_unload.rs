//! Pages that are unloaded: what nobody can find again must not hold the next page up.

use codecell::protocol::CONTEXT_PATH;
use serde_json::{Value, json};

use crate::harness::Server;
use crate::link_client::{LinkClient, executions, only_id};

/// Runs on until it is interrupted.
const ENDLESS: &str = "print('begun')\nwhile True: pass";

#[tokio::test]
async fn what_is_not_kept_ends_with_its_page_and_the_next_page_runs_at_once() {
    // Nothing but the message ends the session in the time of this test.
    let server = Server::start(&["--reconnect-limit", "3600"]);
    let mut page = LinkClient::open(&server).await;
    let context = server.create(json!({ "session": page.session })).await;
    let own = page
        .run(json!({ "code": ENDLESS, "contextId": context.id }))
        .await;
    let shared = page.run(json!({ "code": ENDLESS })).await;
    page.run(json!({ "code": "open('queued', 'w')" })).await;
    page.until(own, "begun").await;
    page.until(shared, "begun").await;
    page.send(json!({ "unload": true })).await;
    assert_eq!(page.closed().await, (1000, String::new()));

    let mut next = LinkClient::open(&server).await;
    let run = next
        .run(json!({ "code": "import os\nprint(os.path.exists('queued'))" }))
        .await;
    assert_eq!(next.ended(run).await.success(), "False\n");
    assert_eq!(executions(&server).await, Vec::<Value>::new());
    let (_, body) = server.http("GET", CONTEXT_PATH, "").await;
    assert!(!body.contains(&context.id), "{body}");
}

#[tokio::test]
async fn what_is_kept_goes_on_for_the_next_page() {
    let server = Server::start(&["--reconnect-limit", "3600"]);
    let mut page = LinkClient::open(&server).await;
    let context = server.create(json!({ "session": page.session })).await;
    let code = "print('begun')\nprint(input())";
    let kept = page
        .run(json!({ "code": code, "stdin": true, "keep": true, "contextId": context.id }))
        .await;
    let unkept = page.run(json!({ "code": ENDLESS })).await;
    page.until_prompt(kept, 1).await;
    page.until(unkept, "begun").await;
    page.send(json!({ "unload": true })).await;
    page.settle().await;
    page.cut();

    let mut next = LinkClient::open(&server).await;
    let run = next.run(json!({ "code": "print('next')" })).await;
    assert_eq!(next.ended(run).await.success(), "next\n");
    let attached = next.attach(&only_id(&server).await, 0).await;
    next.until_prompt(attached, 1).await;
    next.answer(attached, "goes on").await;
    assert_eq!(next.ended(attached).await.success(), "begun\ngoes on\n");
}
