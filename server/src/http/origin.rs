//! Origins of web pages: what a browser sends in `Origin`, and what `--allow-origin` names.

use std::fmt;

use url::Url;

/// Where a page comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `null` or `file://`: a local file, a sandboxed frame, a `data:` URL.
    Opaque,
    /// `scheme://host[:port]`.
    Page {
        /// In lower case.
        scheme: String,
        /// In lower case, as ASCII; an IPv6 address in brackets.
        host: String,
        /// The explicit port, or the scheme's default port; `None` for a scheme without one.
        port: Option<u16>,
    },
}

impl Origin {
    /// Reads the value of an `Origin` header; `None` if it is not an origin.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("null") || text.eq_ignore_ascii_case("file://") {
            return Some(Self::Opaque);
        }
        let (scheme, authority) = text.split_once("://")?;
        // The URL parser would drop blanks and decode `%6c`; a browser sends neither, so this is no origin.
        let is_plain = text
            .chars()
            .all(|char| !char.is_whitespace() && !char.is_control());
        if scheme.is_empty()
            || authority.is_empty()
            || authority.contains(['/', '?', '#', '@', '\\', '%'])
            || !is_plain
        {
            return None;
        }
        let url = Url::parse(text).ok()?;
        Some(Self::Page {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.to_ascii_lowercase(),
            port: url.port_or_known_default(),
        })
    }
}

/// One value of `--allow-origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    origin: Origin,
    /// `https://*.example.org`: any name below this host.
    any_subdomain: bool,
    /// `http://127.0.0.1:*`.
    any_port: bool,
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let invalid = |reason| InvalidOrigin {
            text: text.to_owned(),
            reason,
        };
        let (rest, any_port) = match text.strip_suffix(":*") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (rest, any_subdomain) = match rest.split_once("://*.") {
            Some((scheme, host)) => (format!("{scheme}://{host}"), true),
            None => (rest.to_owned(), false),
        };
        if rest.contains('*') {
            return Err(invalid(
                "'*' can only stand for the first labels of a host or for the port, as in https://*.example.org:*",
            ));
        }
        let origin = Origin::parse(&rest).ok_or_else(|| {
            invalid(
                "an origin looks like http://127.0.0.1:5173 or https://example.org, without a path",
            )
        })?;
        match &origin {
            Origin::Opaque if any_port || any_subdomain => {
                Err(invalid("null and file:// have no host"))
            }
            Origin::Page { port: None, .. } if any_port => Err(invalid("this scheme has no ports")),
            Origin::Page { host, .. } if any_subdomain && !is_name(host) => {
                Err(invalid("an address has no subdomains"))
            }
            _ => Ok(Self {
                origin,
                any_subdomain,
                any_port,
            }),
        }
    }

    fn matches(&self, other: &Origin) -> bool {
        match (&self.origin, other) {
            (Origin::Opaque, Origin::Opaque) => true,
            (
                Origin::Page { scheme, host, port },
                Origin::Page {
                    scheme: other_scheme,
                    host: other_host,
                    port: other_port,
                },
            ) => {
                let same_host = match self.any_subdomain {
                    true => is_below(other_host, host),
                    false => other_host == host,
                };
                scheme == other_scheme && same_host && (self.any_port || port == other_port)
            }
            _ => false,
        }
    }
}

/// Whether a host is a name rather than an address.
pub(super) fn is_name(host: &str) -> bool {
    matches!(url::Host::parse(host), Ok(url::Host::Domain(_)))
}

/// Whether `name` is a subdomain of `parent`.
pub(super) fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent)
        .and_then(|labels| labels.strip_suffix('.'))
        .is_some_and(|labels| !labels.is_empty())
}

/// Origins that may use the toolbox besides its own.
#[derive(Clone, Debug, Default)]
pub struct AllowedOrigins(Vec<Pattern>);

impl AllowedOrigins {
    /// Reads the values of `--allow-origin`.
    ///
    /// # Errors
    ///
    /// For the first one that can never match.
    pub fn parse(texts: &[String]) -> Result<Self, InvalidOrigin> {
        texts
            .iter()
            .map(|text| Pattern::parse(text.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a page of this origin may use the toolbox.
    #[must_use]
    pub fn contains(&self, origin: &Origin) -> bool {
        self.0.iter().any(|pattern| pattern.matches(origin))
    }
}

/// A value of `--allow-origin` that is not an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin {
    text: String,
    reason: &'static str,
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "--allow-origin {:?} can't be used: {}",
            self.text, self.reason
        )
    }
}

impl std::error::Error for InvalidOrigin {}

#[cfg(test)]
mod tests {
    use super::{AllowedOrigins, Origin};

    fn allows(pattern: &str, origin: &str) -> bool {
        let origins =
            AllowedOrigins::parse(&[pattern.to_owned()]).unwrap_or_else(|error| panic!("{error}"));
        origins.contains(&Origin::parse(origin).unwrap_or_else(|| panic!("{origin} is an origin")))
    }

    #[test]
    fn a_pattern_matches_what_browsers_send() {
        for (pattern, origin) in [
            ("http://127.0.0.1:*", "http://127.0.0.1"),
            ("http://127.0.0.1:*", "http://127.0.0.1:8080"),
            ("http://[::1]:*", "http://[::1]:8080"),
            ("https://Example.org", "https://example.org"),
            ("https://example.org:443", "https://example.org"),
            ("http://example.org:80", "http://example.org"),
            ("https://example.org", "https://example.org:443"),
            ("https://*.edu.example", "https://www.edu.example"),
            ("https://*.edu.example", "https://a.b.edu.example"),
            ("http://*.localhost:*", "http://app.localhost:3000"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
            ("tauri://localhost", "tauri://localhost"),
            ("null", "null"),
            ("null", "file://"),
            ("file://", "null"),
        ] {
            assert!(allows(pattern, origin), "{pattern} {origin}");
        }
    }

    #[test]
    fn a_pattern_matches_nothing_else() {
        for (pattern, origin) in [
            ("http://127.0.0.1:*", "http://127.0.0.1.evil.com"),
            ("http://127.0.0.1:*", "https://127.0.0.1:8080"),
            ("https://example.org", "https://example.org:444"),
            ("https://example.org", "http://example.org"),
            ("https://example.org", "https://example.org.evil.com"),
            ("https://*.edu.example", "https://edu.example"),
            ("https://*.edu.example", "https://evil-edu.example"),
            ("https://*.edu.example", "https://.edu.example"),
            ("https://*.edu.example", "https://www.edu.example:8443"),
            ("https://*.edu.example", "https://www.edu.example.evil.com"),
            ("http://127.0.0.1:*", "null"),
            ("null", "http://127.0.0.1"),
        ] {
            let Some(origin) = Origin::parse(origin) else {
                continue;
            };
            let origins = AllowedOrigins::parse(&[pattern.to_owned()]).expect("an origin");
            assert!(!origins.contains(&origin), "{pattern} {origin:?}");
        }
    }

    #[test]
    fn what_could_never_match_is_refused_in_words() {
        for wrong in [
            "",
            "*",
            "example.org",
            "https://",
            "https://*",
            "https://*:*",
            "https://example.org/",
            "https://example.org/a",
            "https://example.*",
            "https://ex*mple.org",
            "https://*.*.org",
            "https://user@example.org",
            "https://example.org:port",
            "https://*.127.0.0.1",
            "null:*",
            "http://127.0.0.1:80.evil.com",
            "://a",
        ] {
            let error = AllowedOrigins::parse(&[wrong.to_owned()]);
            let error = error.expect_err(wrong).to_string();
            assert!(
                error.contains("--allow-origin") && error.contains(wrong),
                "{error}"
            );
        }
    }

    #[test]
    fn rejects_what_is_not_an_origin() {
        for wrong in [
            "",
            "?",
            "example.org",
            "http://",
            "http://a/b",
            "http://a b",
            "http://a http://b",
            " http://localhost",
            "http://localhost ",
            "http://local\thost",
            "http://local\nhost",
            "\u{1}http://localhost",
            "http://%6cocalhost",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_empty_port_is_the_default_port() {
        let origin = Origin::parse("http://127.0.0.1:");
        assert!(origin.is_some());
        assert_eq!(origin, Origin::parse("http://127.0.0.1"));
    }
}
