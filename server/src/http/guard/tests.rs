//! Whatever a request says, only this toolbox's own names and the one token get through.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use proptest::prelude::*;

use super::{AllowedHosts, AllowedOrigins, Guard};

const TOKEN: &str = "token-of-tests";
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

static GUARD: LazyLock<Guard> = LazyLock::new(|| {
    let hosts = AllowedHosts::parse(IpAddr::V4(Ipv4Addr::LOCALHOST), &[]).unwrap();
    Guard::new(
        TOKEN.to_owned(),
        2280,
        hosts,
        AllowedOrigins::parse(&[]).unwrap(),
    )
});

/// Words of which hosts and origins are made, right and wrong, in any order.
fn words() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(vec![
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "[::1]",
        "::1",
        "evil.example",
        "0",
        ":",
        ":2280",
        ":80",
        ":0",
        ":99999",
        ".",
        "@",
        "/",
        "?",
        "#",
        "\\",
        "%00",
        "%6c",
        " ",
        "\t",
        ",",
        "http://",
        "https://",
        "file://",
        "null",
        "ws://",
        "-",
        "*",
        "é",
    ]);
    prop_oneof![
        proptest::collection::vec(word, 0..4).prop_map(|words| words.concat()),
        (
            proptest::sample::select(vec!["", "http://", "https://"]),
            proptest::sample::select(NAMES.to_vec()),
            proptest::sample::select(vec!["", ":2280", ":80", ":2281", "."])
        )
            .prop_map(|(scheme, name, port)| format!("{scheme}{name}{port}")),
    ]
}

/// Whether a text is a name of the toolbox, with or without a port and the dot of a complete name; written without the guard's own parser.
fn is_own_name(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    NAMES.iter().any(|name| {
        text.strip_prefix(name).is_some_and(|rest| {
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            rest.is_empty()
                || rest
                    .strip_prefix(':')
                    .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })
}

fn headers(pairs: &[(header::HeaderName, &str)]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, text) in pairs {
        headers.append(name, HeaderValue::from_bytes(text.as_bytes()).ok()?);
    }
    Some(headers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn only_own_names_and_own_pages_get_through(host in words(), origin in words(), with_origin: bool) {
        let mut pairs = vec![(header::HOST, host.as_str())];
        if with_origin {
            pairs.push((header::ORIGIN, origin.as_str()));
        }
        let Some(headers) = headers(&pairs) else { return Ok(()) };
        if GUARD.check(&headers, &Uri::from_static("/health")).is_ok() {
            prop_assert!(is_own_name(&host), "Host: {host}");
            let page = origin.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
            let is_own = page.is_some_and(|(scheme, rest)| ["http", "https"].contains(&scheme.as_str()) && is_own_name(rest));
            prop_assert!(!with_origin || is_own, "Origin: {origin}");
        }
    }

    #[test]
    fn only_the_token_is_the_token(text in prop_oneof![
        "[ -~]{0,20}",
        proptest::sample::select(vec!["token-of-test", "token-of-tests", "token-of-testss", "TOKEN-OF-TESTS", ""]).prop_map(str::to_owned),
    ], way in 0..3_u8) {
        let bearer = format!("Bearer {text}");
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let query = format!("/?{}={encoded}", codecell::protocol::TOKEN_QUERY);
        let (pairs, uri) = match way {
            0 => (vec![(header::AUTHORIZATION, bearer.as_str())], "/"),
            1 => (vec![(header::HeaderName::from_bytes(codecell::protocol::TOKEN_HEADER.as_bytes()).unwrap(), text.as_str())], "/"),
            _ => (vec![], query.as_str()),
        };
        let (Some(headers), Ok(uri)) = (headers(&pairs), uri.parse::<Uri>()) else { return Ok(()) };
        prop_assert_eq!(GUARD.has_token(&headers, &uri), text.trim() == TOKEN && (way == 0 || text == TOKEN));
    }
}
