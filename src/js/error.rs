//! The one place where a [`Failure`] becomes a JavaScript error.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::core::{Class, Failure, code};

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
    let details = Object::<JsValue>::new();
    let set = |name: &str, value: JsValue| {
        // A fresh plain object takes every property.
        let _ = Reflect::set(&details, &name.into(), &value);
    };
    set("code", failure.code.as_str().into());
    set("cause", cause.clone());
    set("result", result.clone());
    if let Some(status) = failure.status_code {
        set("statusCode", status.into());
    }
    if let Some(close) = failure.close_code {
        set("closeCode", close.into());
    }
    construct(failure.class, &failure.message, &details)
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        with(&failure, &Self::UNDEFINED, &Self::UNDEFINED)
    }
}

/// No connection, and the value that says why.
pub(super) fn unreachable(operation: &str, url: &str, cause: &JsValue) -> JsValue {
    let failure = Failure::new(
        Class::Connection,
        code::CONNECT_FAILED,
        [
            "Could not ",
            operation,
            ": ",
            url,
            " did not answer. Check the URL, that the toolbox runs, and that it allows this page's origin (CORS).",
        ]
        .concat(),
    );
    with(&failure, cause, &JsValue::UNDEFINED)
}

/// `close()` was called.
pub(super) fn closed() -> JsValue {
    Failure::new(
        Class::Connection,
        code::CLOSED,
        "The interpreter was closed. Connect again to run more code.",
    )
    .into()
}
