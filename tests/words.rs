//! What a person reads where a toolbox refuses, or ends what runs.

#![cfg(not(target_arch = "wasm32"))]

use codecell::core::http::{Operation, failure};
use codecell::core::{Class, Close, Ending, Fold, PythonError, code};

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
            "headers: they are too large",
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
            "delete contexts",
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
            "does not accept the token. It is missing, wrong or too old.",
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
            "Try again later",
        ),
        (RunCode, 500, Class::Base, SERVER_ERROR, "log"),
        (RunCode, 503, Class::Base, SERVER_ERROR, "Try again later"),
        (
            FindSandbox("s"),
            401,
            Class::Authentication,
            UNAUTHORIZED,
            "does not accept the apiKey. It is missing, wrong or too old.",
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
            bare.message.contains(advice),
            "{operation:?} {status}: {}",
            bare.message
        );
        assert_eq!(
            bare.message
                .contains("the server at the toolbox URL answered"),
            code == NOT_A_TOOLBOX,
            "{}",
            bare.message
        );
        let worded = failure(&operation, status, "its own words.").message;
        if class == Class::Authentication {
            assert_eq!(worded, bare.message);
            continue;
        }
        let answered = format!(" answered {status}");
        let (start, bare_advice) = bare.message.split_once(&answered).unwrap();
        // Only a toolbox says what is wrong.
        let is_toolbox = start.ends_with(": the toolbox");
        let bare_advice = if is_toolbox { "." } else { bare_advice };
        assert_eq!(
            worded,
            format!("{start}{answered}, its own words{bare_advice}")
        );
    }
}

/// The message of an execution that ends with an error frame and a close.
fn message(name: &str, value: &str, close: Close<'_>) -> String {
    let mut fold = Fold::<String>::default();
    fold.record_marks(name == "WorkerDied", false);
    fold.error(PythonError {
        name: name.to_owned(),
        value: value.to_owned(),
        traceback: String::new(),
        details: String::new(),
    });
    match fold.close(close).1 {
        Ending::Reject(failure) => failure.message,
        ending => panic!("{ending:?}"),
    }
}

#[test]
fn what_the_toolbox_says_stands_in_place_of_a_guess() {
    let ended = Close::Code(1001, "worker process ended");
    let rows = [
        (
            "WorkerDied",
            "the Python process ended while the code ran: exited with status 3; the context's variables are gone",
            ended,
            "The Python process ended while the code ran: exited with status 3; the context's variables are gone. The next run \
             starts a new process.",
        ),
        (
            "WorkerDied",
            "",
            ended,
            "The Python process ended before the code did: a crash, a kill, too much memory or os._exit. The context's variables \
             are gone. The next run starts a new process.",
        ),
        (
            "ContextDeleted",
            "the context was deleted",
            Close::Code(1001, "context shutdown"),
            "The context was deleted. Create a new context.",
        ),
        (
            "TimeoutError",
            "the code ran longer than its timeout of 1 s: it was interrupted; the context's variables are kept.",
            Close::Code(4008, ""),
            "The code ran longer than its timeout of 1 s: it was interrupted; the context's variables are kept. Allow more time \
             with the option timeout (seconds; 0 for no limit).",
        ),
        (
            "QueueFull",
            "the queue is full",
            Close::Code(1013, "the queue is full"),
            "The code did not run: the queue is full.",
        ),
    ];
    for (name, value, close, wanted) in rows {
        assert_eq!(message(name, value, close), wanted);
    }
}
