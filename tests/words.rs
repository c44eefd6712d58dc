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
fn a_timeout_is_in_seconds() {
    for right in [0.0, 0.5, 1.0, 600.0, 86_400.0] {
        assert!(
            check::seconds("timeout", right, "", "no limit").is_ok(),
            "{right}"
        );
    }
    let number = "a number of seconds; 0 means no limit";
    let seconds = "in seconds, not milliseconds, and at most 86400 (a day); 0 means no limit";
    let wrong = [
        (-1.0, "-1", number),
        (f64::NAN, "NaN", number),
        (f64::INFINITY, "Infinity", seconds),
        (86_401.0, "86401", seconds),
        (100_000.0, "100000", seconds),
    ];
    for (value, shown, allowed) in wrong {
        for option in ["timeout", "connectTimeout"] {
            assert_eq!(
                refused(check::seconds(option, value, shown, "no limit")),
                format!("{option} must be {allowed}, got {shown}.")
            );
        }
    }
}

#[test]
fn a_window_and_a_cursor_are_whole_numbers() {
    for right in [1024.0, 1_048_576.0, 1_073_741_824.0] {
        assert!(check::window(right, "").is_ok(), "{right}");
    }
    for (value, shown) in [
        (1023.0, "1023"),
        (2048.5, "2048.5"),
        (f64::NAN, "NaN"),
        (2e9, "2000000000"),
    ] {
        assert_eq!(
            refused(check::window(value, shown)),
            format!("window must be a whole number of bytes from 1024 to 1073741824, got {shown}.")
        );
    }
    assert_eq!(check::cursor(7.0, ""), Ok(7.0));
    for (value, shown) in [(-1.0, "-1"), (0.5, "0.5"), (f64::INFINITY, "Infinity")] {
        let message = refused(check::cursor(value, shown).map(drop));
        assert!(
            message.starts_with("after must be the number of an event"),
            "{message}"
        );
    }
}

#[test]
fn a_terminals_size_is_a_number_of_characters() {
    for right in [1.0, 80.0, 65_535.0] {
        assert!(check::terminal_size("terminal.columns", right, "").is_ok());
    }
    for (value, shown) in [
        (0.0, "0"),
        (-1.0, "-1"),
        (80.5, "80.5"),
        (65_536.0, "65536"),
        (f64::NAN, "a string"),
    ] {
        assert_eq!(
            refused(check::terminal_size("terminal.rows", value, shown)),
            format!("terminal.rows must be a whole number from 1 to 65535, got {shown}.")
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
                "envs has a variable named {quoted}; a name must not be empty and must not contain = or NUL characters."
            )
        );
    }
    assert_eq!(
        refused(check::env("A", "\0")),
        "envs.A must not contain NUL characters."
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
            "" => "The options are: context, onStdout, envs, timeout, signal.".to_owned(),
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
    use code::{
        CONFLICT, FORBIDDEN, INVALID_REQUEST, NOT_A_TOOLBOX, NOT_FOUND, RATE_LIMITED, SERVER_ERROR,
        UNAUTHORIZED, UNEXPECTED_RESPONSE,
    };
    let rows = [
        (
            CreateContext,
            400,
            Class::Validation,
            INVALID_REQUEST,
            "Check that cwd",
        ),
        (
            CreateContext,
            500,
            Class::Base,
            SERVER_ERROR,
            "Check that cwd",
        ),
        (
            CreateContext,
            502,
            Class::Base,
            SERVER_ERROR,
            "A proxy answered",
        ),
        (
            CreateContext,
            503,
            Class::Base,
            SERVER_ERROR,
            "A proxy answered",
        ),
        (
            CreateContext,
            431,
            Class::Validation,
            INVALID_REQUEST,
            "headers are too large",
        ),
        (
            CreateContext,
            413,
            Class::Validation,
            INVALID_REQUEST,
            "smaller request",
        ),
        (
            CreateContext,
            429,
            Class::RateLimit,
            RATE_LIMITED,
            "Delete contexts",
        ),
        (
            CreateContext,
            404,
            Class::NotFound,
            NOT_A_TOOLBOX,
            "Check the toolbox URL",
        ),
        (
            DeleteContext("default"),
            400,
            Class::Validation,
            INVALID_REQUEST,
            "can't be deleted",
        ),
        (
            DeleteContext("default"),
            404,
            Class::NotFound,
            NOT_FOUND,
            "can't be deleted",
        ),
        (
            DeleteContext("x"),
            404,
            Class::NotFound,
            NOT_FOUND,
            "deleted already",
        ),
        (
            DeleteContext("x"),
            409,
            Class::Conflict,
            CONFLICT,
            "Try again.",
        ),
        (
            DeleteContext("x"),
            504,
            Class::Base,
            SERVER_ERROR,
            "A proxy answered",
        ),
        (
            ListContexts,
            401,
            Class::Authentication,
            UNAUTHORIZED,
            "Check the token",
        ),
        (ListContexts, 403, Class::Authorization, FORBIDDEN, "origin"),
        (
            ListContexts,
            404,
            Class::NotFound,
            NOT_A_TOOLBOX,
            "Check the toolbox URL",
        ),
        (
            ListContexts,
            302,
            Class::Base,
            NOT_A_TOOLBOX,
            "Check the toolbox URL",
        ),
        (
            RunCode,
            404,
            Class::NotFound,
            NOT_A_TOOLBOX,
            "Check the toolbox URL",
        ),
        (
            RunCode,
            429,
            Class::RateLimit,
            RATE_LIMITED,
            "try again later",
        ),
        (RunCode, 500, Class::Base, SERVER_ERROR, "log"),
        (RunCode, 503, Class::Base, SERVER_ERROR, "Try again later"),
        (
            FindSandbox("s"),
            401,
            Class::Authentication,
            UNAUTHORIZED,
            "Check the apiKey.",
        ),
        (
            FindSandbox("s"),
            404,
            Class::NotFound,
            NOT_FOUND,
            "sandboxId",
        ),
        (
            FindSandbox("s"),
            302,
            Class::Base,
            UNEXPECTED_RESPONSE,
            "apiUrl",
        ),
    ];
    for (operation, status, class, code, advice) in rows {
        let bare = failure(&operation, status, "");
        assert_eq!(
            (bare.class, bare.code, bare.status_code),
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
