//! The workspace's files over HTTP.
#![cfg(target_os = "linux")]

mod bounds;
mod changes;
mod forms;
mod transfers;
mod traps;

use serde_json::Value;

use crate::harness::{Server, TOKEN};

/// A form with these parts: headers after `name`, and the content.
pub fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend(format!("--XX\r\nContent-Disposition: form-data; name={head}\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--XX--\r\n");
    body
}

impl Server {
    pub async fn post_form(&self, path: &str, body: Vec<u8>) -> (u16, Value) {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: {}\r\n\r\n",
            self.authority,
            body.len()
        )
        .into_bytes();
        request.extend(body);
        let (status, _, body) = self.raw(request).await;
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub async fn upload(&self, path: &str, content: &[u8]) -> (u16, Value) {
        let query: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
        let body = form(&[("\"file\"; filename=\"x\"", content)]);
        self.post_form(&format!("/files/upload?path={query}"), body)
            .await
    }

    /// A request below `/files` with this query: status, head, and body.
    pub async fn files(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
    ) -> (u16, String, String) {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let head = format!("Authorization: Bearer {TOKEN}\r\n");
        self.http_with(method, &format!("/files{path}?{query}"), &head, "")
            .await
    }

    pub async fn status_of(&self, method: &str, path: &str, query: &[(&str, &str)]) -> u16 {
        self.files(method, path, query).await.0
    }
}

pub fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}
