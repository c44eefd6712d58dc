//! What a stock toolbox loses, row by row: exact to the byte here.

use std::time::Duration;

use codecell::protocol::FrameKind;
use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{Server, assert_same, numbers};
use crate::machine::until_stalled;

#[tokio::test]
async fn a_hundred_thousand_lines() {
    let server = Server::start(&[]);
    let out = server
        .run("for i in range(100_000): print(i)")
        .await
        .success();
    assert_same(&out, &numbers(100_000));
}

#[tokio::test]
async fn a_client_that_stops_reading() {
    // More than the buffers of TCP hold: 15 MB.
    let count = 2_000_000;
    let server = Server::start(&[]);
    let code = format!("for i in range({count}): print(i)");
    let mut socket = server.send(json!({ "code": code })).await;
    let first = socket.next().await.expect("output").text;
    until_stalled(&server).await;
    let rest = socket.outcome().await.success();
    assert_same(&(first + &rest), &numbers(count));
}

#[tokio::test]
async fn eight_contexts_at_once() {
    let server = Server::start(&[]);
    let contexts = join_all((0..8).map(|_| server.create(json!({})))).await;
    let runs = contexts
        .iter()
        .map(|context| server.run_in(&context.id, "for i in range(20_000): print(i)"));
    for outcome in join_all(runs).await {
        assert_same(&outcome.success(), &numbers(20_000));
    }
}

#[tokio::test]
async fn threads_that_print() {
    let server = Server::start(&[]);
    let code = "
import threading
def work(name):
    for i in range(5000): print(f'{name}:{i}')
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
";
    let out = server.run(code).await.success();
    // print writes the text and the newline apart: a line of another thread may come between. No text is lost.
    assert_eq!(out.matches('\n').count(), 40_000);
    let mut got: Vec<u8> = out.bytes().filter(|byte| *byte != b'\n').collect();
    let mut wanted: Vec<u8> = (0..8)
        .flat_map(|name| (0..5000).map(move |i| format!("{name}:{i}")))
        .flat_map(String::into_bytes)
        .collect();
    got.sort_unstable();
    wanted.sort_unstable();
    assert!(
        got == wanted,
        "{} bytes instead of {}",
        got.len(),
        wanted.len()
    );
}

#[tokio::test]
async fn threads_that_write_whole_lines() {
    let server = Server::start(&[]);
    let code = "
import sys, threading
def work(name):
    for i in range(5000): sys.stdout.write(f'{name}:{i}\\n')
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
";
    let out = server.run(code).await.success();
    for name in 0..8 {
        let start = format!("{name}:");
        let own: String = out
            .lines()
            .filter_map(|line| line.strip_prefix(&start))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_same(&own, &numbers(5000));
    }
}

#[tokio::test]
async fn one_line_of_many_megabytes() {
    let server = Server::start(&[]);
    let out = server.run("print('é' * 5_000_000)").await.success();
    assert_same(&out, &("é".repeat(5_000_000) + "\n"));
    assert_eq!(server.run("print('after')").await.success(), "after\n");
}

#[tokio::test]
async fn what_does_not_go_through_python_in_order() {
    let server = Server::start(&[]);
    let code = "
import os, subprocess, sys
for i in range(60):
    print('print', i)
    os.write(1, b'write %d\\n' % i)
    print('half ', end='')
    os.system('echo system %d' % i)
    subprocess.run(['echo', 'run %d' % i])
    sys.stdout.write('line %d\\n' % i)
";
    let wanted: String = (0..60)
        .map(|i| format!("print {i}\nwrite {i}\nhalf system {i}\nrun {i}\nline {i}\n"))
        .collect();
    assert_same(&server.run(code).await.success(), &wanted);
}

#[tokio::test]
async fn writes_to_the_descriptor_between_prints_in_order() {
    let server = Server::start(&[]);
    let code = "
import os
for i in range(3000):
    print('p', i)
    os.write(1, b'w %d\\n' % i)
";
    let wanted: String = (0..3000).map(|i| format!("p {i}\nw {i}\n")).collect();
    assert_same(&server.run(code).await.success(), &wanted);
}

#[tokio::test]
async fn a_write_to_the_descriptor_comes_after_what_waits_for_a_slow_reader() {
    let server = Server::start(&[]);
    let other = server.create(json!({})).await;
    // Writes until the server reads no more, as the client doesn't. Then comes a text that is not flushed: the governor does
    // that during the sleep, and can't wait until it is sent. The write after it has to.
    let code = "
import fcntl, os, sys, termios, time
def unread():
    return any(fcntl.ioctl(1, termios.FIONREAD, bytes(4)))
stalled = False
while not stalled:
    os.write(1, b'.' * 32768)
    end = time.monotonic() + 1
    while unread() and not stalled: stalled = time.monotonic() > end
sys.stdout.reconfigure(line_buffering=False)
print('first')
time.sleep(0.2)
open('printed', 'w').close()
os.write(1, b'second\\n')
";
    let printed = "import os, time\nwhile not os.path.exists('printed'): time.sleep(0.05)";
    let socket = server.send(json!({ "code": code })).await;
    server.run_in(&other.id, printed).await.success();
    let out = socket.outcome().await.success();
    assert_eq!(out.trim_start_matches('.'), "first\nsecond\n");
}

#[tokio::test]
async fn code_in_c_that_prints() {
    let server = Server::start(&[]);
    let code = "
import ctypes
libc = ctypes.CDLL(None)
print('before')
libc.puts(b'from C'); libc.fflush(None)
print('after')
";
    assert_eq!(server.run(code).await.success(), "before\nfrom C\nafter\n");
}

#[tokio::test]
async fn text_without_a_newline_is_shown() {
    let server = Server::start(&[]);
    let code = "import time\nprint('now', end='')\ntime.sleep(60)";
    let mut socket = server.send(json!({ "code": code })).await;
    // It comes while the code sleeps: nothing else would bring it for a minute.
    let seen = tokio::time::timeout(Duration::from_secs(20), socket.until("now")).await;
    assert_eq!(seen.expect("shown while the code sleeps"), "now");
}

#[tokio::test]
async fn what_a_burst_leaves_is_shown_and_lines_then_come_at_once() {
    let server = Server::start(&[]);
    for count in [1, 15, 16, 17, 18, 5000] {
        let code = format!(
            "
import sys, time
for i in range({count}): print(i)
while not sys.stdout.line_buffering: time.sleep(0.001)
print('calm')
time.sleep(60)
"
        );
        let context = server.create(json!({})).await;
        let mut socket = server
            .send(json!({ "code": code, "contextId": context.id }))
            .await;
        let seen = tokio::time::timeout(Duration::from_secs(20), socket.until("calm\n")).await;
        let seen = seen.expect("shown while the code sleeps");
        assert_same(&seen, &(numbers(count) + "calm\n"));
    }
}

#[tokio::test]
async fn the_first_line_is_there_before_the_second() {
    let server = Server::start(&[]);
    let code = "print('first')\ninput()\nprint('second')";
    let mut socket = server.send(json!({"code": code, "stdin": true})).await;
    assert_eq!(socket.until("first").await, "first\n");
    assert_eq!(
        socket.next().await.expect("a question").kind,
        FrameKind::Input
    );
    socket.message(json!({"type": "stdin", "text": "\n"})).await;
    assert_eq!(socket.outcome().await.success(), "second\n");
}

#[tokio::test]
async fn both_streams_in_the_order_written() {
    let server = Server::start(&[]);
    let code = "
import sys
for i in range(300):
    print('out', i)
    sys.stderr.write('err %d' % i)
    print('half', end='')
    print(' err', file=sys.stderr)
";
    let outcome = server.run(code).await;
    let mut joined: Vec<(FrameKind, String)> = Vec::new();
    for (kind, text) in outcome.pieces() {
        match joined.last_mut() {
            Some((last, all)) if *last == kind => all.push_str(text),
            _ => joined.push((kind, text.to_owned())),
        }
    }
    let mut wanted = Vec::new();
    let mut out = String::new();
    for i in 0..300 {
        out += &format!("out {i}\n");
        wanted.push((FrameKind::Stdout, std::mem::take(&mut out)));
        wanted.push((FrameKind::Stderr, format!("err {i}")));
        wanted.push((FrameKind::Stdout, "half".to_owned()));
        wanted.push((FrameKind::Stderr, " err\n".to_owned()));
    }
    assert_eq!(joined, wanted);
}

#[tokio::test]
async fn a_forged_control_frame_is_output() {
    let server = Server::start(&[]);
    let code = r#"
import sys
sys.__stdout__.write('{"type":"control","text":"completed"}\n')
print("still here")
"#;
    let out = server.run(code).await.success();
    assert_eq!(
        out,
        "{\"type\":\"control\",\"text\":\"completed\"}\nstill here\n"
    );
    assert_eq!(server.run("print('own')").await.success(), "own\n");
}

#[tokio::test]
async fn a_thread_that_prints_after_the_end_shows_in_no_other_run() {
    let server = Server::start(&[]);
    let code = "
import threading, time
stop = False
def late():
    while not stop: print('late'); time.sleep(0.001)
thread = threading.Thread(target=late); thread.start()
";
    server.run(code).await.success();
    for _ in 0..5 {
        let out = server
            .run("import time\nfor i in range(20): print('mine'); time.sleep(0.002)")
            .await
            .success();
        assert_same(&out, &"mine\n".repeat(20));
    }
    // A run that waits for the thread hears it.
    let last = server
        .run("stop = True; thread.join(); print('over')")
        .await
        .success();
    assert!(last.ends_with("over\n"), "{last}");
}

#[tokio::test]
async fn lone_surrogates_are_escaped() {
    let server = Server::start(&[]);
    let outcome = server
        .run("print('a\\ud800b'); raise ValueError('\\udfff')")
        .await;
    assert_eq!(outcome.stdout, "a\\ud800b\n");
    assert_eq!(outcome.error("ValueError").value, "\\udfff");
}

#[tokio::test]
async fn two_hundred_contexts_print_at_once() {
    let server = Server::start(&["--max-contexts", "200"]);
    let mut contexts = Vec::new();
    for _ in 0..200 {
        contexts.push(server.create(json!({})).await);
    }
    let runs = contexts
        .iter()
        .map(|context| server.run_in(&context.id, "for i in range(10_000): print(i)"));
    for outcome in join_all(runs).await {
        assert_same(&outcome.success(), &numbers(10_000));
    }
}
