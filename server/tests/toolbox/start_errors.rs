//! What the binary says when it refuses to start: what was tried, what happened, what to do.

use std::process::Command;

use crate::machine::{Scratch, write_script};

/// What the binary says when it refuses to start.
fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_codecell-server"))
        .args(["--port", "0"])
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .expect("the server's binary starts");
    assert!(!output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn an_option_that_could_never_work_is_refused_at_the_start() {
    for (option, value, advice) in [
        ("--allow-origin", "*", "'*' can only stand for"),
        (
            "--allow-origin",
            "https://",
            "looks like http://127.0.0.1:5173",
        ),
        (
            "--allow-origin",
            "https://example.org/path",
            "without a path",
        ),
        (
            "--allow-origin",
            "example.org",
            "looks like http://127.0.0.1:5173",
        ),
        ("--allow-host", "http://mybox", "without a scheme"),
        ("--allow-host", "mybox:port", "port is not a number"),
        ("--allow-host", "", "not a name"),
    ] {
        let said = refused(&[option, value], &[]);
        assert!(said.contains(option) && said.contains(advice), "{said}");
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_and_not_shown() {
    for token in [
        "p\u{e4}ssw\u{f6}rtchen",
        "with space",
        "line\nbreak",
        "tab\tinside",
        "secret\n",
    ] {
        for said in [
            refused(&["--token", token], &[]),
            refused(&[], &[("CODECELL_TOKEN", token)]),
        ] {
            assert!(said.contains("--token") && said.contains("ASCII"), "{said}");
            assert!(!said.contains(token.trim()), "{said}");
        }
    }
}

/// What a Python says that can't be used may come from code: a virtual environment in the workspace is code's to change.
#[test]
fn an_error_has_no_control_characters() {
    let scratch = Scratch::new();
    let text = "#!/bin/sh\nprintf '\\033]0;title\\007' >&2\nexit 1\n";
    let python = scratch.path().join("python3");
    write_script(&python, text);
    let python = python.to_str().expect("a path of ASCII");
    let said = refused(&["--python", python], &[]);
    assert!(said.contains("title"), "{said}");
    assert!(
        !said.contains('\u{1b}') && !said.contains('\u{7}'),
        "{said:?}"
    );
}

/// Many programs quote their arguments in an error. Those of a probe contain its source.
#[test]
fn a_program_that_is_no_python_gets_one_short_line() {
    let scratch = Scratch::new();
    let text = "#!/bin/sh\necho \"wrong: $*\" | tr '\\n' ' ' >&2\nexit 2\n";
    let program = scratch.path().join("program");
    write_script(&program, text);
    let program = program.to_str().expect("a path of ASCII");
    let said = refused(&["--python", program], &[]);
    assert!(
        said.contains("not a Python that works: wrong: -I"),
        "{said}"
    );
    assert!(said.contains("Name another with --python"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.len() < program.len() + 300, "{said}");
}

#[test]
fn a_directory_that_can_not_be_used_is_named_with_what_to_do() {
    let scratch = Scratch::new();
    let missing = scratch.path().join("missing");
    let missing = missing.to_str().expect("a path of ASCII");
    let file = scratch.path().join("file");
    std::fs::write(&file, "").unwrap();
    let file = file.to_str().expect("a path of ASCII");
    let workspace = Scratch::new();
    let environment = format!("{}/venv", workspace.word());
    for (arguments, words) in [
        (
            &["--workspace", missing][..],
            ["the workspace", missing, "Create the directory first"],
        ),
        (
            &["--workspace", file],
            ["the workspace", file, "Name a directory, not a file"],
        ),
        (
            &["--workspace", "/"],
            [
                "the root directory",
                "the workspace",
                "name a directory of its own",
            ],
        ),
        (
            &["--workspace", workspace.word(), "--venv", &environment],
            ["the virtual environment", &environment, "Create it"],
        ),
    ] {
        let said = refused(arguments, &[]);
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
}

#[test]
fn an_address_of_another_machine_is_refused_with_what_to_do() {
    // For documentation only (RFC 5737): no machine has it.
    let said = refused(&["--host", "192.0.2.1"], &[]);
    assert!(said.contains("192.0.2.1:0"), "{said}");
    assert!(said.contains("--host, such as 127.0.0.1"), "{said}");
}
