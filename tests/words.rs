//! What a person reads: wrong arguments, and what a toolbox's refusal means.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::http::{Operation, failure};
use codecell::core::{Class, Failure, check, code};

const KNOWN: [&str; 5] = ["context", "onStdout", "envs", "timeout", "signal"];

fn refused(checked: Result<(), Failure>) -> String {
    let failure = checked.expect_err("it is refused");
    assert_eq!(failure.class, Class::Validation);
    assert_eq!(failure.code, code::INVALID_ARGUMENT);
    failure.message
}

#[test]
fn a_timeout_is_whole_seconds() {
    for right in [0.0, 1.0, 600.0, 9_007_199_254_740_991.0] {
        assert!(check::timeout(right, "").is_ok(), "{right}");
    }
    let wrong = [
        (1.5, "1.5"),
        (-1.0, "-1"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (9_007_199_254_740_992.0, "9007199254740992"),
    ];
    for (seconds, shown) in wrong {
        assert_eq!(
            refused(check::timeout(seconds, shown)),
            format!("timeout is {shown}; allowed: a whole number of seconds, 0 for none.")
        );
    }
}

#[test]
fn an_environment_variable_is_one_that_a_process_can_be_given() {
    assert!(check::env("A", "b=c").is_ok());
    for name in ["", "A=B", "A\0"] {
        let quoted = check::quoted(name);
        assert_eq!(
            refused(check::env(name, "")),
            format!(
                "envs is {quoted}; allowed: names that are not empty and hold no = and no NUL."
            )
        );
    }
    assert_eq!(
        refused(check::env("A", "\0")),
        "envs.A is a text with a NUL; allowed: text without NUL."
    );
}

#[test]
fn an_unknown_option_gets_the_name_that_was_meant() {
    assert!(check::option_name("runCode", "timeout", &KNOWN).is_ok());
    let meant = [
        ("timeoutMs", "timeout"),
        ("Timeout", "timeout"),
        ("onstdout", "onStdout"),
        ("env", "envs"),
        ("abortSignal", ""),
        ("signl", "signal"),
    ];
    for (name, nearest) in meant {
        let hint = match nearest {
            "" => "It has: context, onStdout, envs, timeout, signal.".to_owned(),
            nearest => format!("Did you mean {nearest}?"),
        };
        assert_eq!(
            refused(check::option_name("runCode", name, &KNOWN)),
            format!("runCode has no option {name}. {hint}")
        );
    }
}

#[test]
fn a_long_text_is_cut_in_a_message() {
    assert_eq!(check::quoted("short"), "\"short\"");
    assert_eq!(
        check::quoted(&"x".repeat(61)),
        format!("\"{}…\"", "x".repeat(60))
    );
}

#[test]
fn every_refusal_has_its_class_its_code_and_advice_that_fits_what_was_tried() {
    use Operation::{CreateContext, DeleteContext, FindSandbox, ListContexts, RunCode};
    let rows = [
        (
            CreateContext,
            400,
            Class::Validation,
            code::INVALID_REQUEST,
            "Check the cwd",
        ),
        (
            CreateContext,
            500,
            Class::Base,
            code::SERVER_ERROR,
            "Check the cwd",
        ),
        (
            CreateContext,
            429,
            Class::RateLimit,
            code::RATE_LIMITED,
            "Delete contexts",
        ),
        (
            DeleteContext("default"),
            400,
            Class::Validation,
            code::INVALID_REQUEST,
            "Check the id.",
        ),
        (
            DeleteContext("x"),
            404,
            Class::NotFound,
            code::NOT_FOUND,
            "Check the id",
        ),
        (
            DeleteContext("x"),
            409,
            Class::Conflict,
            code::CONFLICT,
            "Try again.",
        ),
        (
            ListContexts,
            401,
            Class::Authentication,
            code::UNAUTHORIZED,
            "Check the token",
        ),
        (
            ListContexts,
            403,
            Class::Authorization,
            code::FORBIDDEN,
            "origin",
        ),
        (
            ListContexts,
            404,
            Class::NotFound,
            code::NOT_FOUND,
            "toolbox URL",
        ),
        (
            ListContexts,
            302,
            Class::Base,
            code::UNEXPECTED_RESPONSE,
            "toolbox URL",
        ),
        (
            RunCode,
            429,
            Class::RateLimit,
            code::RATE_LIMITED,
            "try again later",
        ),
        (RunCode, 503, Class::Base, code::SERVER_ERROR, "Try again"),
        (
            FindSandbox("s"),
            401,
            Class::Authentication,
            code::UNAUTHORIZED,
            "Check the apiKey.",
        ),
        (
            FindSandbox("s"),
            404,
            Class::NotFound,
            code::NOT_FOUND,
            "sandboxId",
        ),
    ];
    for (operation, status, class, code, advice) in rows {
        let bare = failure(&operation, status, "");
        assert_eq!(
            (bare.class, bare.code.as_str(), bare.status_code),
            (class, code, Some(status)),
            "{operation:?}"
        );
        let start = format!("Could not {}: the ", operation.words());
        assert!(bare.message.starts_with(&start), "{}", bare.message);
        assert!(
            bare.message.contains(&format!(" answered {status}. ")),
            "{}",
            bare.message
        );
        assert!(
            bare.message.contains(advice),
            "{operation:?} {status}: {}",
            bare.message
        );
        let worded = failure(&operation, status, "its own words.");
        assert!(
            worded
                .message
                .contains(&format!("answered {status}, its own words. ")),
            "{}",
            worded.message
        );
    }
}
