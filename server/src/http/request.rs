//! Reads what clients send: JSON objects, and nothing else.

use codecell::protocol::{
    ClientMessage, CloseCode, ExecuteRequest, LinkHello, LinkMessage, STDIN, fields, is_file_name,
    reason,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::executions::ending::Ending;

/// Why a name for code is refused.
const INVALID_NAME: &str = "name must be a file name: 1 to 255 bytes without line breaks and control characters, and no < at its start";

/// What a JSON object says. An array is none, though serde would take its elements for fields.
///
/// # Errors
///
/// What is wrong with it, and where.
pub fn object<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let fields: Map<String, Value> = serde_json::from_slice(json)?;
    serde_json::from_value(Value::Object(fields))
}

/// The first message of a client on a socket.
#[derive(Debug)]
pub enum First {
    /// Run this, as in version 0.
    Execution(ExecuteRequest),
    /// Open a link, and run what came with it.
    Link(LinkHello, Option<Value>),
}

/// Reads the first message of a client; the code may have `most` bytes.
///
/// # Errors
///
/// How the execution ends instead: with the reasons of a stock toolbox, where it has one.
pub fn first(json: &[u8], most: usize) -> Result<First, Ending> {
    let refuse = |reason: &str| Err(Ending::Refused(CloseCode::Protocol, reason.to_owned()));
    let mut fields: Map<String, Value> = match serde_json::from_slice(json) {
        Ok(fields) => fields,
        Err(error) if has_half_a_pair(json) => return refuse(&explained(json, &error)),
        Err(_) => return refuse(reason::INVALID_JSON),
    };
    let Some(link) = fields.remove(fields::LINK).filter(|link| !link.is_null()) else {
        return checked(Value::Object(fields), most).map(First::Execution);
    };
    match serde_json::from_value(link) {
        Ok(hello) => {
            let has_code = fields.contains_key(fields::CODE);
            Ok(First::Link(
                hello,
                has_code.then_some(Value::Object(fields)),
            ))
        }
        Err(error) => Err(unreadable_hello(&error)),
    }
}

/// Reads a hello without code.
///
/// # Errors
///
/// How the socket is closed instead.
pub fn hello(json: &[u8]) -> Result<First, Ending> {
    match object(json) {
        Ok(hello) => Ok(First::Link(hello, None)),
        Err(error) => Err(unreadable_hello(&error)),
    }
}

fn unreadable_hello(error: &serde_json::Error) -> Ending {
    let reason = format!("{}: link: {error}", reason::INVALID_JSON);
    Ending::Refused(CloseCode::Protocol, reason)
}

/// A request to run code, of at most `most` bytes.
///
/// # Errors
///
/// How the execution ends instead: with the reasons of a stock toolbox, where it has one.
pub fn checked(request: Value, most: usize) -> Result<ExecuteRequest, Ending> {
    let refuse = |code, reason: &str| Err(Ending::Refused(code, reason.to_owned()));
    let request: ExecuteRequest = match request {
        Value::Object(_) => match serde_json::from_value(request) {
            Ok(request) => request,
            Err(_) => return refuse(CloseCode::Protocol, reason::INVALID_JSON),
        },
        _ => return refuse(CloseCode::Protocol, reason::INVALID_JSON),
    };
    if request.code.is_empty() {
        return refuse(CloseCode::Policy, reason::CODE_REQUIRED);
    }
    if request
        .timeout
        .is_some_and(|timeout| timeout.duration().is_none())
    {
        return refuse(CloseCode::Policy, reason::NEGATIVE_TIMEOUT);
    }
    if request
        .name
        .as_deref()
        .is_some_and(|name| !is_file_name(name))
    {
        return refuse(CloseCode::Policy, INVALID_NAME);
    }
    let length = request.code.len();
    if length > most {
        let reason = format!("the code is {length} bytes long; {most} are allowed");
        return refuse(CloseCode::TooBig, &reason);
    }
    Ok(request)
}

/// A message that a client sends while its code runs. `None`: it is none of ours, and ignored, as a stock toolbox ignores
/// everything here.
///
/// # Errors
///
/// How the execution ends instead: an answer that is ignored would let the code wait for it without end.
pub fn message(json: &[u8]) -> Result<Option<ClientMessage>, Ending> {
    /// Reads any message.
    #[derive(Deserialize)]
    struct Any {
        #[serde(rename = "type", default)]
        kind: Value,
    }
    let refuse = |error| {
        let reason = explained(json, &error);
        Err(Ending::Refused(CloseCode::Protocol, reason))
    };
    match serde_json::from_slice(json) {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.is_syntax() || error.is_eof() => refuse(error),
        Err(error) => match serde_json::from_slice::<Any>(json) {
            Ok(any) if any.kind == STDIN => refuse(error),
            _ => Ok(None),
        },
    }
}

/// A message that a client sends on a link. Half of a surrogate pair in it is left out, and the reason is returned beside the message:
/// only that message's execution has to end.
///
/// # Errors
///
/// What is wrong with it.
pub fn link_message(json: &[u8]) -> Result<(LinkMessage<Value>, Option<String>), String> {
    let error = match serde_json::from_slice(json) {
        Ok(message) => return Ok((message, None)),
        Err(error) => error,
    };
    let reason = explained(json, &error);
    match serde_json::from_slice(&well_formed(json)) {
        Ok(message) => Ok((message, Some(reason))),
        Err(_) => Err(reason),
    }
}

/// Reads JSON. Halves of surrogate pairs, which Python allows in names and texts, are replaced.
///
/// # Errors
///
/// What is wrong with it.
pub fn lenient<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(json).or_else(|_| serde_json::from_slice(&well_formed(json)))
}

/// JSON in which halves of surrogate pairs are replaced.
fn well_formed(json: &[u8]) -> Vec<u8> {
    let unit = |rest: &[u8]| -> Option<u16> {
        let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut whole = Vec::with_capacity(json.len());
    let mut rest = json;
    while let [first, ..] = rest {
        let (taken, replacement): (usize, Option<&[u8]>) = match (first, unit(rest)) {
            (b'\\', Some(0xD800..=0xDBFF)) => match rest.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => (12, None),
                _ => (6, Some(b"\\ufffd")),
            },
            (b'\\', Some(0xDC00..=0xDFFF)) => (6, Some(b"\\ufffd")),
            (b'\\', _) => (2.min(rest.len()), None),
            _ => (1, None),
        };
        let (text, after) = rest.split_at(taken);
        whole.extend_from_slice(replacement.unwrap_or(text));
        rest = after;
    }
    whole
}

/// Why something can't be read.
fn explained(json: &[u8], error: &serde_json::Error) -> String {
    let hint = match has_half_a_pair(json) {
        true => " (half of a surrogate pair is no text)",
        false => "",
    };
    format!("{}: {error}{hint}", reason::INVALID_JSON)
}

/// Whether an escape sequence names a surrogate: half of a pair can be written in JSON, and is the usual reason why what a
/// browser sent can't be read.
fn has_half_a_pair(json: &[u8]) -> bool {
    json.windows(3)
        .any(|three| three[0] == b'\\' && three[1] == b'u' && three[2].eq_ignore_ascii_case(&b'd'))
}

#[cfg(test)]
mod tests {
    use codecell::protocol::{ClientMessage, CreateContext, ExecuteRequest, LinkAction};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{First, checked, first, link_message, message, object};
    use crate::executions::ending::Ending;

    const MOST: usize = 40;

    /// The request in a first message, of a link or not.
    fn execution(json: &[u8], most: usize) -> Result<ExecuteRequest, Ending> {
        match first(json, most)? {
            First::Execution(request) => Ok(request),
            First::Link(_, request) => checked(request.unwrap_or_default(), most),
        }
    }

    /// Any JSON, some of it with the names that a request has.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,50}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 4, |inner| {
            let names = prop_oneof![
                "code",
                "contextId",
                "timeout",
                "envs",
                "stdin",
                "[a-z]{0,4}"
            ];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(names, inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// A message that is right, or nearly: valid JSON, some bytes of which are others.
    fn nearly_right() -> impl Strategy<Value = Vec<u8>> {
        const RIGHT: [&str; 9] = [
            r#"{"code":"print(1)","contextId":"a","timeout":5,"envs":{"A":"b"},"stdin":true}"#,
            r#"{"code":"\u00e4\n","contextId":null,"timeout":null,"envs":null,"stdin":null}"#,
            r#"{"type":"stdin","text":"Ada\n","eof":false}"#,
            r#"{"type":"interrupt"}"#,
            r#"{"language":"python","cwd":"data"}"#,
            r#"{"code":"print(1)","link":{"session":"5f0c","run":1,"sent":0,"resume":{"1":0}}}"#,
            r#"{"run":5,"request":{"code":"1"},"ack":{"1":17}}"#,
            r#"{"to":5,"message":{"type":"stdin","text":"\ud83d\ude00"}}"#,
            r#"{"attach":"5f0c.3","as":4,"after":0}"#,
        ];
        let byte = prop_oneof![
            any::<u8>(),
            proptest::sample::select(br#"{}[]",:\0-u"#.to_vec())
        ];
        let changes = proptest::collection::vec((any::<proptest::sample::Index>(), byte), 0..4);
        (proptest::sample::select(RIGHT.to_vec()), changes).prop_map(|(right, changes)| {
            let mut bytes = right.as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
    }

    fn holds(request: &ExecuteRequest) -> bool {
        (1..=MOST).contains(&request.code.len())
            && (request.timeout).is_none_or(|timeout| timeout.duration().is_some())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(request) = execution(&bytes, MOST) {
                prop_assert!(holds(&request));
            }
            let _ = object::<CreateContext>(&bytes);
            let _ = message(&bytes);
            let _ = link_message(&bytes);
        }

        #[test]
        fn what_is_nearly_right_is_read_or_refused(bytes in nearly_right()) {
            if let Ok(request) = execution(&bytes, MOST) {
                prop_assert!(holds(&request));
            }
            let _ = object::<CreateContext>(&bytes);
            if let Ok(message) = serde_json::from_slice::<ClientMessage>(&bytes) {
                let again = serde_json::to_vec(&message).expect("it is JSON");
                prop_assert_eq!(serde_json::from_slice::<ClientMessage>(&again).expect("the same"), message);
            }
            if let Ok((message, None)) = link_message(&bytes) {
                let again = serde_json::to_vec(&message).expect("it is JSON");
                prop_assert_eq!(link_message(&again), Ok((message, None)));
            }
        }
    }

    proptest! {
        // These are slower to make.
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_json_is_read_or_refused(json in any_json()) {
            if let Ok(request) = execution(json.to_string().as_bytes(), MOST) {
                prop_assert!(json.is_object() && holds(&request));
                prop_assert_eq!(&json["code"], &json!(request.code));
            }
        }
    }

    #[test]
    fn an_answer_that_is_no_text_is_refused() {
        for right in [r#"{"type":"stdin","text":"a"}"#, r#"{"type":"interrupt"}"#] {
            assert!(matches!(message(right.as_bytes()), Ok(Some(_))), "{right}");
        }
        for foreign in [r#"{"type":"ping"}"#, "{}", "[]", "5"] {
            assert_eq!(message(foreign.as_bytes()), Ok(None), "{foreign}");
        }
        for wrong in [
            r#"{"type":"stdin","text":"x\ud800"}"#,
            r#"{"type":"stdin","text":"\udc00\ud800"}"#,
            r#"{"type":"stdin","text":5}"#,
            r#"{"type":"stdin","text":"x"#,
            "no JSON",
        ] {
            assert!(message(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let refused = message(r#"{"type":"stdin","text":"x\ud800"}"#.as_bytes()).unwrap_err();
        assert!(refused.close().1.contains("surrogate"), "{refused:?}");
    }

    #[test]
    fn an_array_is_no_object() {
        assert!(object::<CreateContext>(b"[]").is_err());
        assert!(execution(br#"["print(1)"]"#, MOST).is_err());
        assert!(execution(br#"{"code":"print(1)"}"#, MOST).is_ok());
    }

    #[test]
    fn half_a_pair_in_a_message_of_a_link_damages_that_message_only() {
        let (message, damage) = link_message(
            br#"{"run":5,"request":{"code":"a\ud83d\ude00\\ud800\ud800\udc00\udc00"}}"#,
        )
        .expect("it can be read without");
        assert!(damage.is_some_and(|damage| damage.contains("surrogate")));
        let LinkAction::Run { run, request } = message.action else {
            panic!("a run");
        };
        assert_eq!((run, request), (5, json!({"code": "a😀\\ud800𐀀\u{FFFD}"})));
        assert!(link_message(br#"{"run":5,"request":"#).is_err());
        assert!(link_message(br#"{"run":-5,"request":{}}"#).is_err());
        assert!(link_message(br#"{"run":99999999999999999999,"request":{}}"#).is_err());
    }
}
