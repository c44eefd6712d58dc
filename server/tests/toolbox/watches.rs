//! Code that uses up what the kernel gives each user, where the code runs as the server's own user.
#![cfg(target_os = "linux")]

use serde_json::json;

use crate::common::Scratch;
use crate::harness::Server;
use crate::machine::{as_user, everybodys_python, skip};

/// The levels at which code may run as the server's user. Each gets a user of its own, whose programs can't watch anything for
/// a while.
const LEVELS: [(&[&str], u32); 2] = [(&[], 61_234), (&["--without-layer", "namespaces"], 61_235)];

/// Takes epoll watches, in as many processes as that needs, until there are no more.
const TAKES_WATCHES: &str = r"
import errno, os, select, time
def take():
    ends = [end for _ in range(200) for end in os.pipe()]
    taken = []
    try:
        while True:
            taken.append(select.epoll())
            for end in ends: taken[-1].register(end, select.EPOLLIN)
    except OSError as error:
        os.write(tell, error.errno.to_bytes(1, 'little'))
    time.sleep(600)
told, tell = os.pipe()
full = 0
while full != errno.ENOSPC:
    if os.fork() == 0: take()
    full = os.read(told, 1)[0]
print('full', flush=True)
time.sleep(600)
";

/// A server of a user that nobody else is; `None` where this test can't become one.
fn server(options: &[&str], user: u32, scratch: &Scratch) -> Option<Server> {
    if !nix::unistd::geteuid().is_root() {
        skip("it would use up what other programs of this user need");
        return None;
    }
    let python = everybodys_python();
    let options = [options, &["--python", &python]].concat();
    Some(Server::start_with(&options, |command| {
        as_user(command, user, scratch);
    }))
}

#[tokio::test]
async fn a_server_whose_user_has_no_watches_left_ends_whoever_holds_them() {
    for (options, user) in LEVELS {
        let scratch = Scratch::new();
        let Some(server) = server(options, user, &scratch) else {
            return;
        };
        let is_strong = server.lines[2].contains("strong");
        assert_eq!(is_strong, options.is_empty(), "{}", server.lines[2]);
        let innocent = server.create(json!({})).await;
        server.run_in(&innocent.id, "kept = 5").await.success();
        let hostile = server.create(json!({})).await;
        let request = json!({"code": TAKES_WATCHES, "contextId": hostile.id});
        let mut running = server.send(request).await;
        running.until("full").await;
        // The next connection frees them.
        assert_eq!(server.http("GET", "/health", "").await.0, 200);
        let outcome = running.outcome().await;
        let told = &outcome.errors[0];
        assert!(told.value.contains("epoll watches"), "{told:?}");
        let kept = server.run_in(&innocent.id, "print(kept)").await;
        assert_eq!(kept.success(), "5\n");
        let again = server.run_in(&hostile.id, "print(6 * 7)").await;
        assert_eq!(again.success(), "42\n");
    }
}
