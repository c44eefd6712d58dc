//! Who may come in. Any web page can reach 127.0.0.1, so a toolbox that runs code must not be everyone's.
//!
//! - `Host` must be a name of this toolbox: a page that points its own name here (DNS rebinding) is out.
//! - `Origin`, where there is one, must be the toolbox's own or an allowed one, for WebSocket and HTTP.
//! - the token must come with everything but the page and `/health`; it is compared in constant time.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use codecell::protocol::{TOKEN_HEADER, TOKEN_QUERY};
use subtle::ConstantTimeEq;

use super::Shared;
use super::error::Place;
use crate::metrics;

/// How long a browser may remember the answer to a preflight request, in seconds.
const PREFLIGHT_SECONDS: &str = "600";

/// Origins that may use the toolbox, besides its own: `scheme://host[:port]`, the port may be `*`.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Takes what the command line names.
    ///
    /// # Errors
    ///
    /// In words, for one that is no origin.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        for word in words {
            let rest = word
                .split_once("://")
                .map(|(_, rest)| rest)
                .unwrap_or_default();
            if rest.is_empty() || rest.contains('/') {
                return Err(format!(
                    "'{word}' is no origin: it should look like http://127.0.0.1:5173 or https://example.org"
                ));
            }
        }
        Ok(Self(
            words.iter().map(|word| word.to_ascii_lowercase()).collect(),
        ))
    }

    fn allow(&self, origin: &str) -> bool {
        self.0
            .iter()
            .any(|allowed| match allowed.strip_suffix(":*") {
                Some(start) => origin.strip_prefix(start).is_some_and(|port| {
                    port.is_empty()
                        || port.strip_prefix(':').is_some_and(|digits| {
                            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
                        })
                }),
                None => allowed == origin,
            })
    }
}

/// What a request is held against.
#[derive(Debug)]
pub struct Guard {
    token: String,
    hosts: Vec<String>,
    port: u16,
    origins: Origins,
}

impl Guard {
    /// `hosts` are names besides localhost and `address`, where the toolbox listens.
    #[must_use]
    pub fn new(
        token: String,
        address: IpAddr,
        port: u16,
        hosts: &[String],
        origins: Origins,
    ) -> Self {
        let mut names = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "[::1]".to_owned(),
        ];
        if !address.is_unspecified() {
            names.push(match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            });
        }
        names.extend(hosts.iter().map(|name| name.to_ascii_lowercase()));
        Self {
            token,
            hosts: names,
            port,
            origins,
        }
    }

    fn knows_host(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (uri.authority(), hosts.next(), hosts.next()) {
            (Some(authority), _, None) => authority.as_str(),
            (None, Some(host), None) => host.to_str().unwrap_or_default(),
            _ => return false,
        };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        self.hosts.contains(&name.to_ascii_lowercase())
    }

    fn allows_origin(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        let own = |name: &String| origin == format!("http://{name}:{}", self.port);
        self.hosts.iter().any(own) || self.origins.allow(&origin)
    }

    fn knows_token(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        let preview = headers
            .get(TOKEN_HEADER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        [bearer, preview, query(uri)]
            .into_iter()
            .flatten()
            .any(|given| bool::from(given.as_bytes().ct_eq(self.token.as_bytes())))
    }
}

/// The token in the query.
fn query(uri: &Uri) -> Option<String> {
    form_urlencoded::parse(uri.query()?.as_bytes())
        .find(|(name, _)| name == TOKEN_QUERY)
        .map(|(_, value)| value.into_owned())
}

/// Lets a request pass whose Host and Origin are right; answers preflight requests.
pub async fn host_and_origin(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let guard = &shared.guard;
    let place = Place::of(request.method(), request.uri());
    if !guard.knows_host(request.headers(), request.uri()) {
        metrics::refused("host");
        return place.error(
            StatusCode::MISDIRECTED_REQUEST,
            "WRONG_HOST",
            "the Host header names another server: use the address that the toolbox printed, or start it with --allow-host",
        );
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = match &origin {
        Some(origin) => origin
            .to_str()
            .is_ok_and(|origin| guard.allows_origin(origin)),
        None => true,
    };
    if !allowed {
        metrics::refused("origin");
        let origin = origin
            .as_ref()
            .and_then(|origin| origin.to_str().ok())
            .unwrap_or("?");
        return place.error(
            StatusCode::FORBIDDEN,
            "ORIGIN_NOT_ALLOWED",
            format!(
                "a page of {origin} may not use this toolbox: start it with --allow-origin {origin}"
            ),
        );
    }
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight {
        preflight_answer()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

fn preflight_answer() -> Response {
    let fixed = |name: &'static str, value: &'static str| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    let headers = HeaderMap::from_iter([
        fixed("access-control-allow-methods", "GET, POST, DELETE"),
        fixed(
            "access-control-allow-headers",
            "authorization, content-type, x-daytona-preview-token, x-daytona-source, x-daytona-sdk-version, x-daytona-organization-id",
        ),
        fixed("access-control-max-age", PREFLIGHT_SECONDS),
        fixed("access-control-allow-private-network", "true"),
    ]);
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Lets a request pass that carries the token.
pub async fn token(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if shared.guard.knows_token(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    metrics::refused("token");
    Place::of(request.method(), request.uri()).error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        format!(
            "the token is missing or wrong: send it as {TOKEN_HEADER}, as Authorization: Bearer, or, on a \
             WebSocket, as the query parameter {TOKEN_QUERY}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::Origins;

    #[test]
    fn a_port_may_be_any_but_nothing_else_may() {
        let origins = Origins::parse(&["http://127.0.0.1:*".into(), "https://Example.org".into()]);
        let origins = origins.expect("both are origins");
        for right in [
            "http://127.0.0.1",
            "http://127.0.0.1:8080",
            "https://example.org",
        ] {
            assert!(origins.allow(right), "{right}");
        }
        for wrong in [
            "http://127.0.0.1.evil.com",
            "http://127.0.0.1:",
            "http://127.0.0.1:80.evil.com",
            "https://127.0.0.1:8080",
            "https://example.org:444",
            "null",
        ] {
            assert!(!origins.allow(wrong), "{wrong}");
        }
        assert!(Origins::parse(&["example.org".into()]).is_err());
        assert!(Origins::parse(&["https://example.org/".into()]).is_err());
    }
}
