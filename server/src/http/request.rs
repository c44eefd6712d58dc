//! Reads what clients send: JSON objects, and nothing else.

use codecell::protocol::{ClientMessage, CloseCode, ExecuteRequest, STDIN, reason};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::executions::ending::Ending;

/// What a JSON object says. An array is none, though serde would take its elements for fields.
///
/// # Errors
///
/// What is wrong with it, and where.
pub fn object<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let fields: Map<String, Value> = serde_json::from_slice(json)?;
    serde_json::from_value(Value::Object(fields))
}

/// A request to run code, of at most `most` bytes.
///
/// # Errors
///
/// How the execution ends instead: with the reasons of a stock toolbox, where it has one.
pub fn execution(json: &[u8], most: usize) -> Result<ExecuteRequest, Ending> {
    let refuse = |code, reason: &str| Err(Ending::Refused(code, reason.to_owned()));
    let request = match object::<ExecuteRequest>(json) {
        Ok(request) => request,
        Err(error) if has_half_a_pair(json) => {
            return refuse(CloseCode::Protocol, &explained(json, &error));
        }
        Err(_) => return refuse(CloseCode::Protocol, reason::INVALID_JSON),
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
    use codecell::protocol::{ClientMessage, CreateContext, ExecuteRequest};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{execution, message, object};

    const MOST: usize = 40;

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
        const RIGHT: [&str; 5] = [
            r#"{"code":"print(1)","contextId":"a","timeout":5,"envs":{"A":"b"},"stdin":true}"#,
            r#"{"code":"\u00e4\n","contextId":null,"timeout":null,"envs":null,"stdin":null}"#,
            r#"{"type":"stdin","text":"Ada\n","eof":false}"#,
            r#"{"type":"interrupt"}"#,
            r#"{"language":"python","cwd":"data"}"#,
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
}
