//! The toolbox's tests on an emulated aarch64 machine, with a kernel of its own: the isolation layers are the kernel's.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use anyhow::Result;
use serde_json::Value;

use super::with_status;
use crate::count::Count;
use crate::run::{cargo, quietly};
use crate::{machine, requirements};

/// What Rust calls the machine.
const TARGET: &str = "aarch64-unknown-linux-gnu";

/// How the machine's own lines begin.
const OWN: &str = "codecell: ";

/// What is left out, as an emulator needs longer than the tests wait for a message, or than the toolbox does for code that it
/// has interrupted. All are in the suite `native`, and show little of the processor: two hundred Pythons that print two million
/// lines, one that fills 256 MiB by recursion, and threads that write as fast as they can.
const LEFT_OUT: [&str; 3] = [
    "losses::two_hundred_contexts_print_at_once",
    "limits::memory",
    "overdue::a_timeout_while_a_thread_writes",
];

/// Compiles them here, runs them there.
pub fn run() -> Result<Count> {
    machine::set_up()?;
    requirements::target(TARGET)?;
    println!("Compiling the toolbox and its tests for {TARGET}");
    let built = programs(&quietly(
        cargo()
            .args(["test", "--no-run", "--package", "codecell-server"])
            .args(["--target", TARGET, "--profile", "emulated"])
            .arg("--message-format=json-render-diagnostics")
            .env(
                "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
                machine::COMPILER,
            ),
    )?);
    let paths: Vec<_> = built.iter().map(|program| program.path.clone()).collect();
    let said = machine::run(&paths, &script(&built))?;
    let mut count = judge(&said.lines);
    LEFT_OUT.iter().for_each(|_| count.add(Count::skip()));
    if !said.lines.iter().any(|line| line == "codecell: done") {
        count.add(Count::fail(format!(
            "the machine ended before its tests did ({})",
            said.status
        )));
    }
    Ok(count)
}

/// A program for the machine.
#[derive(PartialEq, Eq, Debug)]
struct Program {
    path: PathBuf,
    /// The name of the tests in it; the toolbox itself has none.
    tests: Option<String>,
}

/// The programs that Cargo says it has built. The toolbox's `main` has no tests of its own.
fn programs(messages: &str) -> Vec<Program> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| {
            let path = message["executable"].as_str()?.into();
            let name = message["target"]["name"].as_str()?;
            let is_test = message["profile"]["test"].as_bool()?;
            let is_main = message["target"]["kind"][0] == "bin";
            (is_test != is_main).then(|| Program {
                path,
                tests: is_test.then(|| name.to_owned()),
            })
        })
        .collect()
}

/// What the machine is to do: the tests of isolation as root, which they run as nobody besides; all others as a person would,
/// one at a time: the emulator is slow enough for a test to wait too long for what another one keeps busy.
fn script(programs: &[Program]) -> String {
    let alone = LEFT_OUT.map(|name| format!(" --skip {name}")).concat() + " --test-threads 1";
    programs
        .iter()
        .filter_map(|Program { path, tests }| {
            let tests = tests.as_ref()?;
            let (user, options) = match tests.as_str() {
                "isolation" => ("root", ""),
                _ => ("person", alone.as_str()),
            };
            Some(format!(
                "run {user} {tests} '{}{options}'\n",
                path.display()
            ))
        })
        .collect()
}

/// Counts what each program of tests printed between its begin and its end.
fn judge(lines: &[String]) -> Count {
    let mut total = Count::default();
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        let Some(tests) = own(line).and_then(|words| words.strip_suffix(" begins")) else {
            continue;
        };
        let mut printed = Vec::new();
        let status = lines.by_ref().find_map(|line| {
            let status =
                own(line).and_then(|words| words.strip_prefix(tests)?.strip_prefix(" ended with "));
            printed.push(line.clone());
            status
        });
        let mut count = Count::of_cargo(&printed);
        if let Some(status) = status.and_then(|status| status.parse::<i32>().ok()) {
            count = with_status(count, ExitStatus::from_raw(status << 8), tests);
        }
        total.add(count);
    }
    total
}

fn own(line: &str) -> Option<&str> {
    line.strip_prefix(OWN)
}

#[cfg(test)]
mod tests {
    use super::{Program, judge, programs, script};

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn cargo_tells_what_it_built() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"serde"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"codecell-server"},"profile":{"test":false},"executable":"/t/codecell-server"}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"codecell-server"},"profile":{"test":true},"executable":"/t/deps/codecell_server-1"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"isolation"},"profile":{"test":true},"executable":"/t/deps/isolation-2"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"toolbox"},"profile":{"test":true},"executable":"/t/deps/toolbox-3"}
{"reason":"build-finished","success":true}"#;
        let built = programs(messages);
        let program = |path: &str, tests: Option<&str>| Program {
            path: path.into(),
            tests: tests.map(str::to_owned),
        };
        assert_eq!(
            built,
            [
                program("/t/codecell-server", None),
                program("/t/deps/isolation-2", Some("isolation")),
                program("/t/deps/toolbox-3", Some("toolbox")),
            ]
        );
        assert_eq!(
            script(&built),
            "run root isolation '/t/deps/isolation-2'\n\
             run person toolbox '/t/deps/toolbox-3 --skip losses::two_hundred_contexts_print_at_once --skip limits::memory \
             --skip overdue::a_timeout_while_a_thread_writes --test-threads 1'\n"
        );
    }

    #[test]
    fn what_the_machine_prints_is_counted() {
        let said = "booting\ncodecell: one begins\ntest a ... ok\ntest b ... FAILED\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored\ncodecell: one ended with 101\n\
             codecell: two begins\ntest result: ok. 3 passed; 0 failed; 0 ignored\ncodecell: two ended with 0\ncodecell: done";
        let count = judge(&lines(said));
        assert_eq!((count.passed, count.failed), (4, 1));
        assert_eq!(count.failures, ["b"]);
    }

    #[test]
    fn tests_that_end_without_a_word_have_failed() {
        let said = "codecell: one begins\ntest a ... ok\ncodecell: one ended with 139\ncodecell: two begins\ncodecell: two ended with 0";
        let count = judge(&lines(said));
        assert_eq!((count.passed, count.failed), (0, 2));
        assert!(count.failures[0].starts_with("one ended"), "{count:?}");
        assert_eq!(count.failures[1], "two ran no test");
    }
}
