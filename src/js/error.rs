//! The one place where a [`Failure`] becomes a JavaScript error.

use wasm_bindgen::prelude::*;

use super::object::object;
use crate::core::http::Operation;
use crate::core::{Class, Failure, check, code};

macro_rules! classes {
    ($($variant:ident => $name:ident),+ $(,)?) => {
        #[wasm_bindgen(module = "/src/js/errors.js")]
        extern "C" {
            $(
                type $name;
                #[wasm_bindgen(constructor)]
                fn new(message: &str, details: &JsValue) -> $name;
            )+
        }

        fn construct(class: Class, message: &str, details: &JsValue) -> JsValue {
            match class {
                $(Class::$variant => $name::new(message, details).into(),)+
            }
        }
    };
}

classes! {
    Base => DaytonaError,
    Timeout => DaytonaTimeoutError,
    Connection => DaytonaConnectionError,
    NotFound => DaytonaNotFoundError,
    Authentication => DaytonaAuthenticationError,
    Authorization => DaytonaAuthorizationError,
    Validation => DaytonaValidationError,
    Conflict => DaytonaConflictError,
    RateLimit => DaytonaRateLimitError,
}

/// The JavaScript error of a failure, with the value that caused it and the output so far, where there are any.
pub(super) fn with(failure: &Failure, cause: &JsValue, result: &JsValue) -> JsValue {
    let number = |number: Option<u16>| number.map_or(JsValue::UNDEFINED, JsValue::from);
    let details = object(&[
        ("code", failure.code.as_str().into()),
        ("cause", cause.clone()),
        ("result", result.clone()),
        ("statusCode", number(failure.status_code)),
        ("closeCode", number(failure.close_code)),
    ]);
    construct(failure.class, &failure.message, &details)
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        with(&failure, &Self::UNDEFINED, &Self::UNDEFINED)
    }
}

/// No connection, and the value that says why. `url` is shown: without a query, which may hold a token.
pub(super) fn unreachable(operation: &Operation<'_>, url: &str, cause: &JsValue) -> JsValue {
    let failure = Failure::new(
        Class::Connection,
        code::CONNECT_FAILED,
        [
            "Could not ",
            &operation.words(),
            ": ",
            url,
            " did not answer. Check the URL, that the toolbox runs, and that it allows this page's origin (CORS).",
        ]
        .concat(),
    );
    with(&failure, cause, &JsValue::UNDEFINED)
}

/// `close()` was called.
pub(super) fn closed() -> Failure {
    Failure::new(
        Class::Connection,
        code::CLOSED,
        "The interpreter was closed. Connect again to run more code.",
    )
}

/// A value that no header can hold (RFC 9110, 5.5). It may be a secret, and is not shown.
pub(super) fn no_header(field: &str) -> Failure {
    check::wrong(
        field,
        "a text that no HTTP header can hold",
        "text without line breaks",
    )
}
