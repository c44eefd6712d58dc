//! Forms that never end, and clients that leave in the middle of one.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::form;
use crate::harness::{CEILING, Server, TOKEN};
use crate::machine::{memory, peak_memory, until};

/// Begins a form that may be of any length.
async fn begin(server: &Server, path: &str) -> TcpStream {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 1000000000000\r\n\r\n",
        server.authority
    );
    let mut socket = TcpStream::connect(&server.authority).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// Sends `piece` again and again until there is an answer.
async fn until_answer(mut socket: TcpStream, piece: &[u8]) -> String {
    let (mut reader, mut writer) = socket.split();
    let mut answer = Vec::new();
    let flood = async {
        while writer.write_all(piece).await.is_ok() {}
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = flood => {}
        read = tokio::time::timeout(CEILING, reader.read_to_end(&mut answer)) => drop(read.expect("an answer")),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_becomes_a_part_is_refused() {
    let server = Server::start(&[]);
    let before = memory(server.child.id());
    let header = format!("X-Header: {}\r\n", "x".repeat(60_000));
    for (start, piece) in [
        // No part begins.
        ("", "no boundary ".repeat(5000)),
        // The head of a part has no end: of one line, of many, in its name.
        ("--XX\r\n", "X".repeat(60_000)),
        ("--XX\r\n", header),
        (
            "--XX\r\nContent-Disposition: form-data; name=\"",
            "files[0].path".repeat(5000),
        ),
        ("--XX", "\t ".repeat(30_000)),
    ] {
        for path in ["/files/bulk-upload", "/files/upload?path=x"] {
            let mut socket = begin(&server, path).await;
            socket.write_all(start.as_bytes()).await.unwrap();
            let answer = until_answer(socket, piece.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{start}: {answer}");
        }
    }
    let peak = peak_memory(server.child.id());
    assert!(peak < before + (32 << 20), "{before}, then {peak}");
    assert_eq!(server.upload("after", b"x").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_errors_of_one_form_have_a_limit() {
    let server = Server::start(&[]);
    let part = |name: &str, content: &str| {
        let text =
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n");
        text.repeat(1000)
    };
    let long = "n".repeat(20_000);
    for (name, content, reason) in [
        ("ignored", "", "more than 21000 parts"),
        (
            "files[0].file",
            "x",
            "nothing more was read after 100 errors",
        ),
        (
            &*format!("files[{long}].file"),
            "x",
            "nothing more was read after 100 errors",
        ),
        (
            "files[0].path",
            &*"p".repeat(4000),
            "the paths of one request have more than",
        ),
    ] {
        let socket = begin(&server, "/files/bulk-upload").await;
        let answer = until_answer(socket, part(name, content).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains(reason), "{answer}");
        assert!(answer.len() < 64 << 10, "{} bytes", answer.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_may_come_in_pieces_and_a_file_byte_by_byte() {
    let server = Server::start(&[]);
    let body = form(&[
        ("\"files[0].path\"", b"slow.txt"),
        (
            "\"files[0].file\"; filename=\"a\"",
            b"\r\n--XY\r\n-X--\r\n--X",
        ),
        ("\"files[1].path\"", b"next.txt"),
        ("\"files[1].file\"; filename=\"a\"", &[b'x'; 300_000]),
    ]);
    let (slow, rest) = body.split_at(250);
    let mut socket = begin(&server, "/files/bulk-upload").await;
    for byte in slow {
        socket.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let answer = until_answer_to(socket, rest).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let code = "print(repr(open('slow.txt', newline='').read()), open('next.txt').read() == 'x' * 300_000)";
    assert_eq!(
        server.run(code).await.success(),
        "'\\r\\n--XY\\r\\n-X--\\r\\n--X' True\n"
    );
}

async fn until_answer_to(mut socket: TcpStream, rest: &[u8]) -> String {
    socket.write_all(rest).await.unwrap();
    let mut answer = Vec::new();
    // The request says that more comes: the answer does not wait for it.
    let mut piece = [0; 4096];
    while !answer.ends_with(b"}") {
        let read = tokio::time::timeout(CEILING, socket.read(&mut piece)).await;
        match read.expect("an answer").unwrap() {
            0 => break,
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Names in the workspace whose upload was not finished.
fn unfinished(workspace: &std::path::Path) -> usize {
    let names = std::fs::read_dir(workspace).unwrap().flatten();
    names
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(".upload-"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_of_an_upload_whose_client_has_gone() {
    let scratch = crate::machine::Scratch::new();
    let server = Server::start(&["--workspace", scratch.word()]);
    for path in ["/files/upload?path=x", "/files/bulk-upload"] {
        for is_reset in [false, true] {
            let mut socket = begin(&server, path).await;
            let parts = form(&[
                ("\"files[0].path\"", b"x"),
                ("\"files[0].file\"; filename=\"a\"", &[b'x'; 100_000]),
            ]);
            let body = match path.contains("bulk") {
                true => parts,
                false => form(&[("\"file\"; filename=\"a\"", &[b'x'; 100_000])]),
            };
            socket.write_all(&body[..90_000]).await.unwrap();
            until(|| unfinished(scratch.path()) == 1).await;
            if is_reset {
                socket.set_zero_linger().unwrap();
            }
            drop(socket);
            until(|| unfinished(scratch.path()) == 0).await;
        }
    }
    assert!(!scratch.path().join("x").exists());
}
