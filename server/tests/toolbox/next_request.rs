//! Requests that follow another one on the same connection, whose body came late or not at all.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use crate::files::form;
use crate::harness::{CEILING, Server, TOKEN};

const WRONG: &str = "Authorization: Bearer wrong\r\n";

/// One connection that is used for several requests.
struct Connection {
    stream: BufStream<TcpStream>,
    authority: String,
}

impl Connection {
    async fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(&server.authority).await.unwrap();
        let authority = server.authority.clone();
        let stream = BufStream::new(stream);
        Self { stream, authority }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    async fn head(&mut self, request: &str, headers: &str) {
        let head = format!(
            "{request} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
            self.authority
        );
        self.send(head.as_bytes()).await;
    }

    /// The next answer: its head in small letters.
    async fn answer(&mut self) -> String {
        let reading = async {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                let read = self.stream.read_line(&mut head).await.unwrap();
                assert!(read > 0, "the connection ended: {head:?}");
            }
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap_or("0");
            let length = length.split("\r\n").next().unwrap().parse().unwrap();
            let mut body = vec![0; length];
            self.stream.read_exact(&mut body).await.unwrap();
            head
        };
        (tokio::time::timeout(CEILING, reading).await).expect("an answer")
    }

    /// Asserts that there is an answer with this status, and that the connection takes another request.
    async fn goes_on_after(&mut self, status: u16) {
        let answer = self.answer().await;
        assert!(
            answer.starts_with(&format!("http/1.1 {status} ")),
            "{answer}"
        );
        assert!(!answer.contains("connection: close"), "{answer}");
        self.head("GET /health", "").await;
        let answer = self.answer().await;
        assert!(answer.starts_with("http/1.1 200 "), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comes_after_a_form_whose_last_chunk_is_late() {
    let server = Server::start(&[]);
    for (index, (path, parts)) in [
        (
            "/files/upload?path=0.txt",
            &[("\"file\"; filename=\"x\"", &b"there"[..])][..],
        ),
        (
            "/files/bulk-upload",
            &[
                ("\"files[0].path\"", &b"1.txt"[..]),
                ("\"files[0].file\"; filename=\"x\"", &b"there"[..]),
            ],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut connection = Connection::open(&server).await;
        let headers = format!(
            "Authorization: Bearer {TOKEN}\r\nContent-Type: multipart/form-data; boundary=XX\r\n\
             Transfer-Encoding: chunked\r\n"
        );
        connection.head(&format!("POST {path}"), &headers).await;
        let body = form(parts);
        let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat();
        connection.send(&chunk).await;
        let name = format!("{index}.txt");
        let is_there =
            async { while server.status_of("GET", "/info", &[("path", &name)]).await != 200 {} };
        (tokio::time::timeout(CEILING, is_there).await).expect("the file is there");
        connection.send(b"0\r\n\r\n").await;
        connection.goes_on_after(200).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn comes_after_a_refused_one_whose_body_is_late() {
    let server = Server::start(&[]);
    let mut connection = Connection::open(&server).await;
    let headers = format!("{WRONG}Content-Length: 2\r\n");
    connection
        .head("POST /process/interpreter/context", &headers)
        .await;
    assert_eq!(server.http("GET", "/health", "").await.0, 200);
    connection.send(b"{}").await;
    connection.goes_on_after(401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn does_not_come_where_the_answer_says_that_the_connection_ends() {
    let server = Server::start(&[]);
    for (what, headers) in [
        ("a body that never comes", "Content-Length: 2\r\n"),
        (
            "a body too long to be read",
            "Content-Length: 1000000000\r\n",
        ),
        (
            "a body that waits for the answer",
            "Content-Length: 2\r\nExpect: 100-continue\r\n",
        ),
        ("chunks that never end", "Transfer-Encoding: chunked\r\n"),
    ] {
        let mut connection = Connection::open(&server).await;
        let headers = format!("{WRONG}{headers}");
        connection
            .head("POST /process/interpreter/context", &headers)
            .await;
        let answer = connection.answer().await;
        assert!(answer.starts_with("http/1.1 401 "), "{what}: {answer}");
        assert!(answer.contains("connection: close"), "{what}: {answer}");
        let mut rest = Vec::new();
        let ending = connection.stream.read_to_end(&mut rest);
        let ended = tokio::time::timeout(Duration::from_secs(10), ending).await;
        assert_eq!(ended.expect("the end").ok(), Some(0), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn is_no_request_after_an_upgrade() {
    let server = Server::start(&[]);
    for body in [
        "Content-Length: 5\r\n",
        "Content-Length: 5\r\nExpect: 100-continue\r\n",
    ] {
        let mut connection = Connection::open(&server).await;
        let headers = format!(
            "Authorization: Bearer {TOKEN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{body}"
        );
        let path = "GET /process/interpreter/execute";
        connection.head(path, &headers).await;
        let answer = connection.answer().await;
        assert!(answer.starts_with("http/1.1 101 "), "{answer}");
        assert!(answer.contains("connection: upgrade"), "{answer}");
    }
}
