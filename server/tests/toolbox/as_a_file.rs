//! What a failing program says in a cell is what `python file.py` says, in every Python that is here.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::process::Command;

use crate::erroneous::{DIFFERENT, NEWER, PROGRAMS, SYNTAX, whole};
use crate::harness::{Server, pythons};
use crate::machine::Scratch;

/// How many programs run at once.
const AT_ONCE: usize = 4;

/// The names of the file and of cells become one; so do addresses and the directories.
fn leveled(text: &str, directory: &str) -> String {
    let text = text
        .replace(&format!("{directory}/"), "")
        .replace("<stdin>", "program.py");
    let mut leveled = String::new();
    let mut rest = text.as_str();
    while let Some(at) = ["<stdin ", "0x"]
        .iter()
        .filter_map(|word| rest.find(word))
        .min()
    {
        leveled += &rest[..at];
        rest = &rest[at..];
        let word = if rest.starts_with("0x") {
            "0x"
        } else {
            "<stdin "
        };
        rest = rest[word.len()..].trim_start_matches(|c: char| c.is_ascii_hexdigit());
        if word == "0x" {
            leveled += "0x";
        } else {
            leveled += "program.py";
            rest = rest.strip_prefix('>').unwrap_or(rest);
        }
    }
    leveled + rest
}

/// What `python program.py` says on its two streams.
async fn as_a_file(python: &Path, directory: &Path, program: &str) -> String {
    let own = directory.join(uuid::Uuid::new_v4().simple().to_string());
    fs::create_dir(&own).expect("a directory");
    let file = own.join("program.py");
    fs::write(&file, program).expect("a file");
    let output = Command::new(python)
        .arg(&file)
        .current_dir(&own)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("Python starts");
    let said = [output.stdout, output.stderr].concat();
    leveled(&String::from_utf8_lossy(&said), &own.to_string_lossy())
}

/// What the toolbox says of it: both streams, then the traceback.
async fn as_a_cell(server: &Server, program: &str) -> String {
    let context = server.create(json!({})).await;
    let outcome = server.run_in(&context.id, program).await;
    server.delete(&context.id).await;
    let traceback = outcome.errors.first().map(|error| error.traceback.as_str());
    let said = [
        &outcome.stdout,
        &outcome.stderr,
        traceback.unwrap_or_default(),
    ]
    .concat();
    leveled(&said, &context.cwd)
}

/// Runs programs both ways; a text for each that says two things.
async fn differences(python: &Path, programs: Vec<(&str, &str)>) -> Vec<String> {
    let minor = minor(python).await;
    let files = Scratch::new();
    let program = python.display().to_string();
    let server = Server::start_with(&["--python", &program], |command| {
        command.env("LANG", "C.UTF-8");
    });
    stream::iter(programs)
        .map(|(name, program)| {
            let (server, files) = (&server, &files);
            async move {
                let program = whole(program);
                let file = as_a_file(python, files.path(), &program).await;
                let cell = as_a_cell(server, &program).await;
                let is_different = DIFFERENT
                    .iter()
                    .any(|(known, newest)| *known == name && minor <= *newest);
                let same = match is_different {
                    true => file.lines().last() == cell.lines().last(),
                    false => file == cell,
                };
                (!same).then(|| format!("{name}: as a file\n{file}and as a cell\n{cell}"))
            }
        })
        .buffered(AT_ONCE)
        .filter_map(async |difference| difference)
        .collect()
        .await
}

/// The minor version of a Python.
async fn minor(python: &Path) -> u32 {
    let code = "import sys; print(sys.version_info[1])";
    let output = Command::new(python).args(["-c", code]).output().await;
    let said = output.expect("Python starts").stdout;
    String::from_utf8_lossy(&said)
        .trim()
        .parse()
        .expect("a number")
}

async fn compare(table: &[(&'static str, &'static str)]) {
    let mut all = Vec::new();
    for python in pythons() {
        let found = differences(&python, table.to_vec()).await;
        all.extend(
            found
                .iter()
                .map(|text| format!("{}: {text}\n", python.display())),
        );
    }
    assert!(all.is_empty(), "{} differ\n{}", all.len(), all.concat());
}

#[tokio::test]
async fn errors_read_as_those_of_a_file() {
    compare(PROGRAMS).await;
}

#[tokio::test]
async fn syntax_errors_and_warnings_read_as_those_of_a_file() {
    compare(SYNTAX).await;
}

#[tokio::test]
async fn errors_of_newer_pythons_read_as_those_of_a_file() {
    let mut all = Vec::new();
    for python in pythons() {
        let here = minor(&python).await;
        let known = NEWER.iter().filter(|(from, ..)| *from <= here);
        let table = known.map(|(_, name, program)| (*name, *program)).collect();
        let found = differences(&python, table).await;
        all.extend(
            found
                .iter()
                .map(|text| format!("{}: {text}\n", python.display())),
        );
    }
    assert!(all.is_empty(), "{} differ\n{}", all.len(), all.concat());
}
