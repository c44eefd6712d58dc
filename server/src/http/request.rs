//! Reads what clients send: JSON objects, and nothing else.

use codecell::protocol::{CloseCode, ExecuteRequest, reason};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::ending::Ending;

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
    let Ok(request) = object::<ExecuteRequest>(json) else {
        return refuse(CloseCode::Protocol, reason::INVALID_JSON);
    };
    if request.code.is_empty() {
        return refuse(CloseCode::Policy, reason::CODE_REQUIRED);
    }
    if request.timeout.is_some_and(|seconds| seconds < 0) {
        return refuse(CloseCode::Policy, reason::NEGATIVE_TIMEOUT);
    }
    let length = request.code.len();
    if length > most {
        let reason = format!("the code is {length} bytes long; {most} are allowed");
        return refuse(CloseCode::TooBig, &reason);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use codecell::protocol::{ClientMessage, CreateContext, ExecuteRequest};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{execution, object};

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
            && request.timeout.is_none_or(|seconds| seconds >= 0)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(request) = execution(&bytes, MOST) {
                prop_assert!(holds(&request));
            }
            let _ = object::<CreateContext>(&bytes);
            let _ = serde_json::from_slice::<ClientMessage>(&bytes);
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
    fn an_array_is_no_object() {
        assert!(object::<CreateContext>(b"[]").is_err());
        assert!(execution(br#"["print(1)"]"#, MOST).is_err());
        assert!(execution(br#"{"code":"print(1)"}"#, MOST).is_ok());
    }
}
