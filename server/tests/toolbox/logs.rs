//! A log that nobody reads.

use std::io::{PipeWriter, Read, Write};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::Signal;
use serde_json::json;

use crate::harness::{CEILING, Server};

/// Fills a pipe: the next write to it blocks until it is read.
fn fill(pipe: &PipeWriter) {
    let set = |flags| fcntl(pipe, FcntlArg::F_SETFL(flags)).expect("flags can be set");
    set(OFlag::O_NONBLOCK);
    for size in [4096, 1] {
        let mut writer = pipe;
        while writer.write(&vec![b'x'; size]).is_ok() {}
    }
    set(OFlag::empty());
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let full = writer.try_clone().expect("a descriptor");
    let mut server = Server::start_with(&[], |command| {
        command.env("RUST_LOG", "info").stderr(writer);
    });
    fill(&full);
    let serves = async {
        for _ in 0..3 {
            assert_eq!(server.run("print(6 * 7)").await.success(), "42\n");
            let context = server.create(json!({})).await;
            assert_eq!(server.delete(&context.id).await.0, 200);
        }
    };
    tokio::time::timeout(CEILING, serves)
        .await
        .expect("the server answers");
    // Somebody reads again: lines that fit into the queue were not lost.
    drop(full);
    let reading = tokio::task::spawn_blocking(move || {
        let mut log = Vec::new();
        let mut bytes = [0; 4096];
        while !String::from_utf8_lossy(&log).contains("execution ended") {
            match reader.read(&mut bytes).expect("it can be read") {
                0 => panic!("the log ended: {}", String::from_utf8_lossy(&log)),
                count => log.extend_from_slice(&bytes[..count]),
            }
        }
        reader
    });
    let _reader = tokio::time::timeout(CEILING, reading)
        .await
        .expect("the lines come")
        .expect("they are read");
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
}

#[tokio::test]
async fn a_full_log_does_not_delay_the_end() {
    let (_reader, writer) = std::io::pipe().expect("a pipe");
    let full = writer.try_clone().expect("a descriptor");
    let mut server = Server::start_with(&[], |command| {
        command.env("RUST_LOG", "info").stderr(writer);
    });
    fill(&full);
    server.signal(Signal::SIGTERM);
    assert!(server.ended().await);
}
