//! What clients meet: the address, the page, and who may send requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use tokio::io::unix::AsyncFd;

use crate::http::{self, AllowedHosts, AllowedOrigins, Guard, Page, is_valid_token};
use crate::options::Options;
use crate::start_error::StartError;

/// An open port, and what is served there.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) listener: AsyncFd<TcpListener>,
    pub(super) address: SocketAddr,
    pub(super) token: String,
    pub(super) guard: Guard,
    pub(super) page: Option<Page>,
}

/// Checks the options that only clients meet, then listens: the cheapest things that can fail come first.
pub(super) async fn listen(options: &Options) -> Result<Front, StartError> {
    let origins = AllowedOrigins::parse(&options.allow_origin)?;
    let hosts = AllowedHosts::parse(options.host, &options.allow_host)?;
    let token = options.token.clone().filter(|token| !token.is_empty());
    if token.as_deref().is_some_and(|token| !is_valid_token(token)) {
        return Err(StartError::Token);
    }
    let token = token.unwrap_or_else(random_token);
    let page = options.www.as_deref().map(Page::open).transpose()?;
    let place = SocketAddr::new(options.host, options.port);
    let listener = tokio::net::TcpListener::bind(place).await;
    let listener = listener.map_err(|error| StartError::listening(place, error))?;
    let address = listener.local_addr()?;
    Ok(Front {
        listener: http::listener(listener)?,
        address,
        guard: Guard::new(token.clone(), address.port(), hosts, origins),
        token,
        page,
    })
}

impl Front {
    /// The address as a URL, for a program on this machine.
    pub(super) fn url(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// How a person gets in: the last line at the start.
    pub(super) fn way_in(&self) -> String {
        match self.page {
            Some(_) => format!(
                "Playground: {}/#token={}",
                self.url(),
                in_fragment(&self.token)
            ),
            None => format!("Token:      {}", self.token),
        }
    }

    /// An address that others can reach deserves a word.
    pub(super) fn warn_of_others(&self) {
        if !self.address.ip().is_loopback() {
            tracing::warn!(
                address = %self.address,
                "other machines can reach this toolbox: whoever has the token can run code here, and the token is sent unencrypted"
            );
        }
    }
}

/// Where a program on this machine reaches a server that listens at `address`: every address is no address.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A token that cannot be guessed: 244 random bits.
fn random_token() -> String {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    half() + &half()
}

/// The token as the page reads it from the fragment of its URL.
fn in_fragment(token: &str) -> String {
    form_urlencoded::byte_serialize(token.as_bytes()).collect()
}
