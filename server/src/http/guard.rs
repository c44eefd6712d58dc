//! Decides who may send requests. Any web page can reach 127.0.0.1, and the toolbox runs code.
//!
//! - `Host` must name this toolbox. Otherwise a page could point its own name at this address (DNS rebinding).
//! - `Origin`, where there is one, must be the toolbox's own or an allowed one, for HTTP and WebSocket.
//! - The token must come with everything except the page and `/health`. It is compared in constant time.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode, Uri};
use codecell::protocol::{TOKEN_HEADER, TOKEN_QUERY};
use subtle::ConstantTimeEq;

use super::host::{AllowedHosts, HostPort};
use super::origin::{AllowedOrigins, Origin};

/// Different refused names that are logged. Any page can send requests, and must not fill the disk.
const LOGGED_REFUSALS: usize = 64;

/// What is logged of each at most.
const LOGGED_BYTES: usize = 512;

/// Whether a token can be sent in a header: one or more visible ASCII characters.
#[must_use]
pub fn is_valid_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What requests are checked against. The checks are layers, see [`super::layers`].
#[derive(Debug)]
pub struct Guard {
    token: String,
    hosts: AllowedHosts,
    port: u16,
    origins: AllowedOrigins,
    logged: Mutex<HashSet<String>>,
}

/// Why a request was refused before its token was looked at.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It has no readable `Host`, or several.
    NoHost,
    WrongHost(HostPort),
    /// It has several `Origin` headers.
    ManyOrigins,
    WrongOrigin(String),
}

impl Guard {
    /// `port` is the one that the toolbox listens on.
    #[must_use]
    pub fn new(token: String, port: u16, hosts: AllowedHosts, origins: AllowedOrigins) -> Self {
        Self {
            token,
            hosts,
            port,
            origins,
            logged: Mutex::default(),
        }
    }

    pub(super) fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Refusal> {
        let host = requested_host(headers, uri).ok_or(Refusal::NoHost)?;
        if !self.hosts.contains(&host) {
            return Err(Refusal::WrongHost(host));
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => Ok(()),
            (Some(origin), None) if self.allows(origin, &host) => Ok(()),
            (Some(origin), None) => Err(Refusal::WrongOrigin(
                origin.to_str().unwrap_or("?").to_owned(),
            )),
            (Some(_), Some(_)) => Err(Refusal::ManyOrigins),
        }
    }

    /// Whether a page of this origin may send requests to this host.
    fn allows(&self, origin: &HeaderValue, host: &HostPort) -> bool {
        let origin = origin.to_str().ok().and_then(Origin::parse);
        origin.is_some_and(|origin| self.is_own(&origin, host) || self.origins.contains(&origin))
    }

    /// Whether a page may reach this toolbox from a less private network.
    pub(super) fn allows_private_network(
        &self,
        origin: &HeaderValue,
        headers: &HeaderMap,
        uri: &Uri,
    ) -> bool {
        requested_host(headers, uri)
            .is_some_and(|host| self.hosts.contains(&host) && self.allows(origin, &host))
    }

    /// Whether the toolbox itself served the page: at one of its names, or at the address that the request was sent to. The
    /// two differ where a container maps the port or a proxy adds TLS.
    fn is_own(&self, origin: &Origin, requested: &HostPort) -> bool {
        let Origin::Page { scheme, host, port } = origin else {
            return false;
        };
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        let is_requested =
            *host == requested.host && *port == Some(requested.port.unwrap_or(default_port));
        let own = HostPort {
            host: host.clone(),
            port: *port,
        };
        is_requested || (scheme == "http" && *port == Some(self.port) && self.hosts.contains(&own))
    }

    pub(super) fn has_token(&self, headers: &HeaderMap, uri: &Uri) -> bool {
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
        [bearer, preview, value_in_query(uri, TOKEN_QUERY)]
            .into_iter()
            .flatten()
            .any(|token| bool::from(token.as_bytes().ct_eq(self.token.as_bytes())))
    }

    /// Logs a refusal, the first time that this name is refused.
    pub(super) fn log(&self, refusal: &Refusal, message: &str) {
        let mut name = format!("{refusal:?}");
        name.truncate(LOGGED_BYTES);
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() < LOGGED_REFUSALS && logged.insert(name) {
            tracing::warn!("refused a request: {message:.LOGGED_BYTES$}");
        }
    }
}

impl Refusal {
    /// The reason in the metrics.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Self::NoHost | Self::WrongHost(_) => "host",
            Self::ManyOrigins | Self::WrongOrigin(_) => "origin",
        }
    }

    pub(super) const fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoHost | Self::ManyOrigins => (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            Self::WrongHost(_) => (StatusCode::MISDIRECTED_REQUEST, "WRONG_HOST"),
            Self::WrongOrigin(_) => (StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED"),
        }
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::NoHost => "the request needs one Host header with a host name".to_owned(),
            Self::ManyOrigins => "the request has more than one Origin header".to_owned(),
            Self::WrongHost(HostPort { host, .. }) => format!(
                "the Host header names {host}, which is not a name of this toolbox: use the address that the toolbox printed, \
                 or start it with --allow-host {host}"
            ),
            Self::WrongOrigin(origin) if Origin::parse(origin) == Some(Origin::Opaque) => format!(
                "the page has the origin {origin}, as local files and sandboxed frames do, and may not use this toolbox: serve it \
                 over HTTP, or start the toolbox with --allow-origin null, which allows all such pages"
            ),
            Self::WrongOrigin(origin) => format!(
                "pages of {origin} may not use this toolbox: start it with --allow-origin {origin}"
            ),
        }
    }
}

/// The host that a request was sent to; `None` if there is not exactly one.
fn requested_host(headers: &HeaderMap, uri: &Uri) -> Option<HostPort> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), _, None) => HostPort::parse(authority.as_str()),
        (None, Some(host), None) => HostPort::parse(host.to_str().ok()?),
        _ => None,
    }
}

/// A value in the query.
pub(super) fn value_in_query(uri: &Uri, wanted: &str) -> Option<String> {
    form_urlencoded::parse(uri.query()?.as_bytes())
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests;
