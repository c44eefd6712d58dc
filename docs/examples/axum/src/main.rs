//! A backend that hands the page a sandbox's toolbox URL and a preview token. The API key stays here.

use std::env;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

const TOOLBOX_PORT: u16 = 2280;

struct Daytona {
    http: reqwest::Client,
    api_url: String,
    api_key: String,
    sandbox: String,
}

impl Daytona {
    async fn ask(&self, path: &str) -> Result<Value, reqwest::Error> {
        let url = format!("{}/sandbox/{}{path}", self.api_url, self.sandbox);
        let request = self.http.get(url).bearer_auth(&self.api_key);
        request.send().await?.error_for_status()?.json().await
    }
}

async fn sandbox(State(daytona): State<Arc<Daytona>>) -> (StatusCode, Json<Value>) {
    // Check here who asks: whoever gets the answer may run code in this sandbox.
    let preview = format!("/ports/{TOOLBOX_PORT}/preview-url");
    match tokio::try_join!(daytona.ask("/toolbox-proxy-url"), daytona.ask(&preview)) {
        Ok((proxy, preview)) => {
            let proxy = proxy["url"].as_str().unwrap_or_default();
            let toolbox = format!("{proxy}/{}", daytona.sandbox);
            let answer = json!({ "toolboxUrl": toolbox, "token": preview["token"] });
            (StatusCode::OK, Json(answer))
        }
        Err(error) => {
            eprintln!("{error}");
            let message = "The sandbox can't be reached just now. Try again in a minute.";
            (StatusCode::BAD_GATEWAY, Json(json!({ "message": message })))
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let daytona = Daytona {
        http: reqwest::Client::new(),
        api_url: env::var("DAYTONA_API_URL").unwrap_or("https://app.daytona.io/api".into()),
        api_key: env::var("DAYTONA_API_KEY")?,
        sandbox: env::var("SANDBOX_ID")?,
    };
    let app = Router::new()
        .route("/api/sandbox", post(sandbox))
        .with_state(Arc::new(daytona));
    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
