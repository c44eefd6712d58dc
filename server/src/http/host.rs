//! Names of the toolbox: what a client sends in `Host`, and what `--allow-host` names.

use std::fmt;
use std::net::IpAddr;

use axum::http::uri::Authority;
use url::Host;

use super::origin::{is_below, is_name};

/// A host and, where there is one, a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// In lower case; an IPv6 address in brackets.
    pub host: String,
    /// The explicit port.
    pub port: Option<u16>,
}

impl HostPort {
    /// Reads the value of a `Host` header; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let authority: Authority = text.parse().ok()?;
        if text.contains('@') {
            return None;
        }
        let port = match text.strip_prefix(authority.host()) {
            Some("" | ":") => None,
            Some(rest) => Some(rest.strip_prefix(':')?.parse().ok()?),
            None => return None,
        };
        Some(Self {
            host: authority.host().to_ascii_lowercase(),
            port,
        })
    }
}

/// One name by which the toolbox may be addressed.
#[derive(Clone, Debug)]
struct Pattern {
    host: String,
    /// `*.example.org`: any name below this host.
    any_subdomain: bool,
    /// `None`: any port, since a container or a proxy may map it.
    port: Option<u16>,
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidHost> {
        let invalid = |reason| InvalidHost {
            text: text.to_owned(),
            reason,
        };
        if text.contains('/') {
            return Err(invalid(
                "it is a name such as mybox or mybox:2302, without a scheme and a path",
            ));
        }
        let (any_subdomain, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.contains('*') {
            return Err(invalid(
                "'*' can only stand for the first labels, as in *.example.org",
            ));
        }
        if let Ok(address) = rest.parse::<IpAddr>() {
            return match any_subdomain {
                true => Err(invalid("an address has no subdomains")),
                false => Ok(Self {
                    host: written(address),
                    any_subdomain,
                    port: None,
                }),
            };
        }
        let (name, port) = match rest.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => {
                let port = port
                    .parse()
                    .map_err(|_| invalid("its port is not a number from 0 to 65535"))?;
                (name, Some(port))
            }
            _ => (rest, None),
        };
        let host = Host::parse(name)
            .map_err(|_| invalid("it is not a name or an address, such as mybox or 192.168.1.20"))?
            .to_string();
        if any_subdomain && !is_name(&host) {
            return Err(invalid("an address has no subdomains"));
        }
        Ok(Self {
            host,
            any_subdomain,
            port,
        })
    }

    fn matches(&self, other: &HostPort) -> bool {
        let same = match self.any_subdomain {
            true => is_below(&other.host, &self.host),
            false => other.host == self.host,
        };
        // Clients leave the default port of their scheme out, and which scheme that is only they know.
        same && (self.port.is_none()
            || other.port == self.port
            || (other.port.is_none() && matches!(self.port, Some(80 | 443))))
    }
}

/// An address as it is written in a URL.
fn written(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// The names of the toolbox.
#[derive(Clone, Debug)]
pub struct AllowedHosts(Vec<Pattern>);

impl AllowedHosts {
    /// The loopback names, the address that the toolbox listens on, and the values of `--allow-host`.
    ///
    /// # Errors
    ///
    /// For the first value that can never match.
    pub fn parse(address: IpAddr, texts: &[String]) -> Result<Self, InvalidHost> {
        let own = (!address.is_unspecified()).then(|| address.to_string());
        ["localhost", "127.0.0.1", "::1"]
            .into_iter()
            .chain(own.as_deref())
            .chain(texts.iter().map(|text| text.trim()))
            .map(Pattern::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether this is a name of the toolbox.
    #[must_use]
    pub fn contains(&self, host: &HostPort) -> bool {
        self.0.iter().any(|pattern| pattern.matches(host))
    }
}

/// A value of `--allow-host` that is not a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidHost {
    text: String,
    reason: &'static str,
}

impl fmt::Display for InvalidHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "--allow-host {:?} can't be used: {}",
            self.text, self.reason
        )
    }
}

impl std::error::Error for InvalidHost {}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{AllowedHosts, HostPort};

    const UNSPECIFIED: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

    #[test]
    fn a_name_matches_what_clients_send() {
        for (name, host, matches) in [
            ("mybox", "mybox:2280", true),
            ("MyBox", "mybox", true),
            ("mybox:2302", "mybox:2302", true),
            ("mybox:2302", "mybox:2303", false),
            ("mybox:80", "mybox", true),
            ("mybox:2302", "mybox", false),
            ("*.example.org", "a.example.org:8080", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "evil-example.org", false),
            ("192.168.1.5", "192.168.1.5:2280", true),
            ("fe80::1", "[fe80::1]:2280", true),
            ("[fe80::1]", "[FE80::1]", true),
            ("[fe80::1]:2280", "[fe80::1]:2280", true),
            ("münchen.example", "xn--mnchen-3ya.example", true),
            ("mybox", "localhost:1", true),
            ("mybox", "[::1]", true),
            ("mybox", "mybox.evil.example", false),
        ] {
            let hosts = AllowedHosts::parse(UNSPECIFIED, &[name.to_owned()]);
            let hosts = hosts.unwrap_or_else(|error| panic!("{error}"));
            let host = HostPort::parse(host).unwrap_or_else(|| panic!("{host}"));
            assert_eq!(hosts.contains(&host), matches, "{name} {host:?}");
        }
    }

    #[test]
    fn what_could_never_match_is_refused_in_words() {
        for wrong in [
            "",
            "http://mybox",
            "mybox/",
            "*",
            "*.*",
            "my*box",
            "mybox:port",
            "mybox:99999",
            "my box",
            "*.127.0.0.1",
            "a@b",
        ] {
            let error = AllowedHosts::parse(UNSPECIFIED, &[wrong.to_owned()]);
            let error = error.expect_err(wrong).to_string();
            assert!(
                error.contains("--allow-host") && error.contains(wrong),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_host_is_none() {
        for wrong in [
            "",
            "a b",
            "user@localhost",
            "localhost:x",
            "localhost:1:2",
            "localhost/",
            "localhost:99999",
        ] {
            assert_eq!(HostPort::parse(wrong), None, "{wrong}");
        }
    }
}
