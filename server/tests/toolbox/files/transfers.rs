//! Uploads and downloads: whole, in parts, many at once, and large.

use serde_json::json;

use super::{form, parsed};
use crate::harness::{CEILING, Server, TOKEN, header};
use crate::machine::{memory, peak_memory};

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_file_are_sent() {
    let server = Server::start(&[]);
    server.upload("digits", b"0123456789").await;
    let part = |range: &'static str| {
        let server = &server;
        async move {
            let head = format!("Authorization: Bearer {TOKEN}\r\nRange: {range}\r\n");
            server
                .http_with("GET", "/files/download?path=digits", &head, "")
                .await
        }
    };
    let (status, head, body) = part("bytes=2-4").await;
    assert_eq!(
        (status, body.as_str(), header(&head, "Content-Range")),
        (206, "234", "bytes 2-4/10")
    );
    let (status, head, body) = part("bytes=-3").await;
    assert_eq!(
        (status, body.as_str(), header(&head, "Content-Length")),
        (206, "789", "3")
    );
    let (status, head, _) = part("bytes=10-").await;
    assert_eq!(
        (status, header(&head, "Content-Range")),
        (416, "bytes */10")
    );
    assert_eq!(part("bytes=0-1,4-5").await.0, 200);
}

/// As the official Python client sends them.
#[tokio::test(flavor = "multi_thread")]
async fn all_paths_may_come_before_the_files() {
    let server = Server::start(&[]);
    let body = form(&[
        ("\"files[0].path\"", b"one.txt"),
        ("\"files[1].path\"", b"two.txt"),
        ("\"files[1].file\"; filename=\"b\"", b"second"),
        ("\"files[0].file\"; filename=\"a\"", b"first"),
        ("\"files[0].file\"; filename=\"a\"", b"a path is used once"),
    ]);
    let (status, answer) = server.post_form("/files/bulk-upload", body).await;
    assert_eq!(status, 400, "{answer}");
    let expected = json!([
        { "path": "two.txt", "bytes": 6 },
        { "path": "one.txt", "bytes": 5 },
    ]);
    assert_eq!(answer["files"], expected);
    assert_eq!(
        answer["errors"].as_array().map(Vec::len),
        Some(1),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_go_up_and_down_in_one_request() {
    let server = Server::start(&[]);
    let body = form(&[
        ("\"files[0].path\"", b"one.txt"),
        ("\"files[0].file\"; filename=\"a\"", b"first"),
        ("\"files[1].path\"", b"deep/er/two.txt"),
        ("\"files[1].file\"; filename=\"b\"", b"second"),
        ("\"files[2].path\"", b"/etc/passwd"),
        ("\"files[2].file\"; filename=\"c\"", b"root::0:0"),
        ("\"files[3].file\"; filename=\"d\"", b"without a path"),
        ("\"files[4].path\"", b"three.txt"),
        ("\"files[4].file\"; filename=\"e\"", b"third"),
    ]);
    let (status, answer) = server.post_form("/files/bulk-upload", body).await;
    assert_eq!(status, 400, "{answer}");
    let expected = json!([
        { "path": "one.txt", "bytes": 5 },
        { "path": "deep/er/two.txt", "bytes": 6 },
        { "path": "three.txt", "bytes": 5 },
    ]);
    assert_eq!(answer["files"], expected);
    let errors: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error.as_str().unwrap())
        .collect();
    assert!(
        errors[0].starts_with("/etc/passwd: only files below"),
        "{errors:?}"
    );
    assert!(errors[1].contains("files[3].path"), "{errors:?}");
    let wanted = json!({ "paths": ["one.txt", "missing", "deep", "three.txt"] }).to_string();
    let head = format!("Authorization: Bearer {TOKEN}\r\n");
    let (status, head, body) = server
        .http_with("POST", "/files/bulk-download", &head, &wanted)
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        header(&head, "Content-Type"),
        "multipart/form-data; boundary=DAYTONA-FILE-BOUNDARY"
    );
    let body = unchunked(&body);
    let parts: Vec<_> = body.split("--DAYTONA-FILE-BOUNDARY").collect();
    assert_eq!(parts.len(), 6, "{body}");
    assert!(
        parts[1].contains("name=\"file\"; filename=\"one.txt\"; filename*=utf-8''one.txt"),
        "{body}"
    );
    assert!(parts[1].contains("\r\n\r\nfirst\r\n"), "{body}");
    assert!(
        parts[2].contains("name=\"error\"; filename=\"missing\"")
            && parts[2].contains("FILE_NOT_FOUND"),
        "{body}"
    );
    assert!(parts[3].contains("INVALID_FILE_PATH"), "{body}");
    assert!(parts[4].contains("third"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_whole_or_not_there() {
    let server = Server::start(&["--max-upload", "1000"]);
    server.upload("kept", b"before").await;
    let (status, answer) = server.upload("kept", &[b'x'; 1001]).await;
    assert_eq!((status, &answer["code"]), (413, &json!("FILE_TOO_LARGE")));
    assert_eq!(server.upload("exact", &[b'x'; 1000]).await.0, 200);
    // A form that ends in the middle of a file.
    let mut cut = form(&[("\"file\"; filename=\"x\"", b"0123456789")]);
    cut.truncate(cut.len() - 12);
    assert_eq!(
        server.post_form("/files/upload?path=kept", cut).await.0,
        400
    );
    assert_eq!(
        server
            .post_form("/files/upload?path=kept", form(&[("\"other\"", b"x")]))
            .await
            .0,
        400
    );
    assert_eq!(
        server.upload("exact/below", b"x").await.0,
        400,
        "a part of the path is a file"
    );
    server
        .run("import os; os.mkdir('directory')")
        .await
        .success();
    assert_eq!(server.upload("directory", b"x").await.0, 400);
    let code = "import os; print(sorted(os.listdir('.')), open('kept').read())";
    assert_eq!(
        server.run(code).await.success(),
        "['.packages', 'directory', 'exact', 'kept'] before\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn large_things_take_no_memory_and_no_time_of_others() {
    let server = Server::start(&[]);
    let code = "import os\nos.truncate(os.open('sparse', os.O_CREAT | os.O_RDWR), 5 << 28)\nos.mkdir('many')\n\
                for i in range(20_000): open(f'many/{i}', 'w').close()\nopen('long', 'w').write('x' * (8 << 20))";
    server.run(code).await.success();
    let before = memory(server.child.id());
    let head = format!("Authorization: Bearer {TOKEN}\r\nRange: bytes=0-536870911\r\n");
    let sent = read_all(&server, &format!("GET /files/download?path=sparse HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{head}\r\n", server.authority)).await;
    assert!(sent > 512 << 20, "{sent}");
    let grown = peak_memory(server.child.id()).saturating_sub(before);
    assert!(
        grown < 32 << 20,
        "{grown} bytes more while 512 MiB were sent"
    );
    let (status, _, listed) = server.files("GET", "", &[("path", "many")]).await;
    assert_eq!(
        (status, parsed(&listed).as_array().unwrap().len()),
        (200, 20_000)
    );
    let (status, _, found) = server.files("GET", "/find", &[("pattern", "x")]).await;
    assert_eq!(status, 200);
    assert!(
        parsed(&found)
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["content"].as_str().unwrap().len() <= 4096)
    );
}

/// Sends a request and counts the bytes of the answer.
async fn read_all(server: &Server, request: &str) -> usize {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let reading = async {
        let mut socket = tokio::net::TcpStream::connect(&server.authority)
            .await
            .unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut piece = vec![0; 1 << 20];
        let mut sent = 0;
        loop {
            match socket.read(&mut piece).await.unwrap() {
                0 => return sent,
                count => sent += count,
            }
        }
    };
    tokio::time::timeout(CEILING, reading)
        .await
        .expect("the answer ends")
}

/// A body that was sent in chunks, as one text.
fn unchunked(body: &str) -> String {
    let (mut whole, mut rest) = (String::new(), body);
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        whole += &after[..size];
        rest = &after[size + 2..];
    }
    whole
}
