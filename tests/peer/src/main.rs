//! A scripted toolbox for tests: the other end of the protocol, driven frame by frame by the test.
//!
//! ```text
//! test   ──► /control/{session}  (WebSocket: commands in, events out)
//! client ──► /session/{session}  (its toolbox URL)
//! ```
//!
//! Prints one line, `Peer: http://127.0.0.1:<port>`, and runs until it is killed. Commands and
//! events are in `script.rs`.

mod script;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use codecell::protocol::{CONTEXT_PATH, EXECUTE_PATH};
use script::{Command, Session};
use serde_json::json;

type Sessions = Arc<Mutex<HashMap<String, Arc<Session>>>>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("Peer: http://{}", listener.local_addr()?);
    axum::serve(listener, app()).await
}

fn app() -> Router {
    Router::new()
        .route("/control/{session}", get(control))
        .route(&format!("/session/{{session}}{EXECUTE_PATH}"), get(execute))
        .route(
            &format!("/session/{{session}}{CONTEXT_PATH}"),
            any(contexts),
        )
        .route(
            &format!("/session/{{session}}{CONTEXT_PATH}/{{id}}"),
            any(contexts),
        )
        .with_state(Sessions::default())
}

fn session(sessions: &Sessions, name: &str) -> Arc<Session> {
    let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(sessions.entry(name.to_owned()).or_default())
}

/// The test's end: each text message is a command, and each event is sent as a text message.
async fn control(
    State(sessions): State<Sessions>,
    Path(name): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let session = session(&sessions, &name);
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        loop {
            tokio::select! {
                event = session.next_event() => {
                    if socket.send(Message::text(event.to_string())).await.is_err() {
                        return;
                    }
                }
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => match Command::parse(&text) {
                        Ok(command) => session.order(command),
                        Err(error) => session.tell(json!({"event": "misunderstood", "error": error})),
                    },
                    Some(Ok(_)) => {}
                    _ => return,
                },
            }
        }
    })
}

/// The client's execution socket: refused if the script says so, otherwise driven by it.
async fn execute(
    State(sessions): State<Sessions>,
    Path(name): Path<String>,
    uri: axum::http::Uri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let session = session(&sessions, &name);
    if let Some(status) = session.refusal().await {
        session.tell(json!({"event": "refused"}));
        return with_cors(status.into_response());
    }
    let query = uri.query().unwrap_or_default().to_owned();
    upgrade.on_upgrade(async move |socket| session.drive(socket, &query).await)
}

/// The contexts endpoint: answers what the script says, otherwise an empty list.
async fn contexts(
    State(sessions): State<Sessions>,
    Path(path): Path<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method == Method::OPTIONS {
        return with_cors(StatusCode::NO_CONTENT.into_response());
    }
    let session = session(&sessions, path.get("session").map_or("", String::as_str));
    let token = headers
        .get(codecell::protocol::TOKEN_HEADER)
        .and_then(|value| value.to_str().ok());
    session.tell(json!({
        "event": "http",
        "method": method.as_str(),
        "token": token,
        "body": String::from_utf8_lossy(&body),
    }));
    with_cors(session.answer().await.into_response())
}

/// Every origin is allowed, because each test page has its own.
fn with_cors(mut response: Response) -> Response {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*, authorization"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
    ] {
        let value = header::HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::connect_async;
    use tokio_tungstenite::tungstenite::Message;

    #[tokio::test]
    async fn a_session_does_what_its_script_says() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, super::app()).await });

        let (mut control, _) = connect_async(format!("ws://{at}/control/one"))
            .await
            .unwrap();
        let execute = format!("ws://{at}/session/one/process/interpreter/execute?a=b");
        let (mut client, _) = connect_async(&execute).await.unwrap();
        client.send(Message::text("request")).await.unwrap();
        let mut events = Vec::new();
        while events.len() < 2 {
            events.push(
                control
                    .next()
                    .await
                    .unwrap()
                    .unwrap()
                    .into_text()
                    .unwrap()
                    .to_string(),
            );
        }
        assert!(
            events[0].contains("\"connected\"") && events[0].contains("a=b"),
            "{events:?}"
        );
        assert!(events[1].contains("request"), "{events:?}");

        for command in [
            r#"{"do":"send","text":"frame"}"#,
            r#"{"do":"close","code":4008,"reason":"why"}"#,
        ] {
            control.send(Message::text(command)).await.unwrap();
        }
        let frame = client.next().await.unwrap().unwrap();
        assert_eq!(frame.into_text().unwrap().as_str(), "frame");
        let Some(Ok(Message::Close(Some(close)))) = client.next().await else {
            panic!("no close");
        };
        assert_eq!(
            (u16::from(close.code), close.reason.as_str()),
            (4008, "why")
        );

        control
            .send(Message::text(r#"{"do":"refuse","status":401}"#))
            .await
            .unwrap();
        control.send(Message::text("nonsense")).await.unwrap();
        // Answered once the refusal has been taken.
        while !control
            .next()
            .await
            .unwrap()
            .unwrap()
            .into_text()
            .unwrap()
            .contains("misunderstood")
        {}
        assert!(connect_async(&execute).await.is_err());
    }
}
