//! What a cell can ask of its Python has the answers of a plain Python, but for what the guide lists.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use crate::harness::{Server, pythons};
use crate::machine::Scratch;

const ASKS: &str = include_str!("programs/asks.py");
const GUIDE: &str = include_str!("../../../docs/python.md");

type Answers = BTreeMap<String, String>;

/// What the guide says is different: the names in the first column of its first table.
fn listed() -> BTreeSet<&'static str> {
    let rows = GUIDE
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| {
        let first = row.split('|').nth(1).unwrap_or_default();
        first.split(',').map(|name| name.trim().trim_matches('`'))
    });
    names.collect()
}

/// The answers of a Python that reads the program from its standard input.
fn plain(python: &str) -> Answers {
    let scratch = Scratch::new();
    let mut child = Command::new(python)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("LANG", "C.UTF-8")
        .env("HOME", scratch.path())
        .current_dir(scratch.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin.write_all(ASKS.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[tokio::test]
async fn what_is_different_is_listed() {
    let listed = listed();
    let mut seen = BTreeSet::new();
    let mut unlisted = Vec::new();
    let mut asked = BTreeSet::new();
    for python in pythons() {
        let program = python.display().to_string();
        let server = Server::start_with(&["--python", &program], |command| {
            command.env("LANG", "C.UTF-8").env_remove("NO_COLOR");
        });
        let outcome = server.run(ASKS).await;
        assert_eq!(outcome.stderr, "", "{program}");
        let cell: Answers = serde_json::from_str(&outcome.success()).expect("JSON");
        let plain = plain(&program);
        assert!(
            plain.keys().eq(cell.keys()) && plain.len() > 90,
            "{program}"
        );
        for (name, answer) in &plain {
            asked.insert(name.clone());
            if *answer != cell[name] {
                seen.insert(name.clone());
                if !listed.contains(name.as_str()) {
                    unlisted.push(format!(
                        "{program}: {name}: {answer}, in a cell {}",
                        cell[name]
                    ));
                }
            }
        }
    }
    assert!(
        unlisted.is_empty(),
        "not in the guide:\n{}",
        unlisted.join("\n")
    );
    for name in listed {
        assert!(
            asked.contains(name),
            "the guide has `{name}`, which nobody asks"
        );
    }
    // What stays the same although it is listed depends on the machine; most does not.
    assert!(seen.len() > 15, "{seen:?}");
}
