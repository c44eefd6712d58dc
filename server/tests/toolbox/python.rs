//! Python as a person means it, in every Python that is here.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use futures_util::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use serde_json::json;
use tokio::sync::mpsc;

use crate::harness::{CEILING, Server, pythons};
use crate::machine::{Scratch, write_script};

/// What each Python has to do, one program a row: code, and what it prints.
const ROWS: [(&str, &str); 11] = [
    ("import sys\nprint(sys.version_info >= (3, 9))", "True\n"),
    (
        "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
        "awaited\n",
    ),
    (
        "import asyncio\nasync def f(): return 3\nprint(asyncio.run(f()))",
        "3\n",
    ),
    (
        "class C: pass\nimport pickle\nprint(type(pickle.loads(pickle.dumps(C()))).__name__)",
        "C\n",
    ),
    (
        "def f():\n    return 'here'\nimport inspect\nprint(inspect.getsource(f), end='')",
        "def f():\n    return 'here'\n",
    ),
    (
        "open('made.py', 'w').write('value = 4')\nimport made\nprint(made.value)",
        "4\n",
    ),
    (
        "import subprocess\nsubprocess.run(['echo', 'child'], check=True)",
        "child\n",
    ),
    (
        "import threading\nt = threading.Thread(target=print, args=('thread',))\nt.start(); t.join()",
        "thread\n",
    ),
    (
        "try: import _interpreters as others
except ImportError: import _xxsubinterpreters as others
print('before')
other = others.create()
others.run_string(other, 'print(\"inside\", flush=True)')
print('after')
others.destroy(other)",
        "before\ninside\nafter\n",
    ),
    (
        "import sys\nfor stream in sys.stdout, sys.stderr:\n    print(stream, stream.buffer, type(stream.buffer.raw).__name__, stream.fileno(), stream.isatty())",
        "<_io.TextIOWrapper name='<stdout>' mode='w' encoding='utf-8'> <_io.BufferedWriter name='<stdout>'> FileIO 1 False\n<_io.TextIOWrapper name='<stderr>' mode='w' encoding='utf-8'> <_io.BufferedWriter name='<stderr>'> FileIO 2 False\n",
    ),
    ("import sys\nsys.exit(0)", ""),
];

#[tokio::test]
async fn each_row_in_each_python() {
    for python in pythons() {
        let program = python.display().to_string();
        let server = Server::start(&["--python", &program]);
        for (code, printed) in ROWS {
            let outcome = server.run(code).await;
            assert_eq!(outcome.stdout, printed, "{program}: {code}: {outcome:?}");
            assert_eq!(outcome.success(), printed);
        }
        let error = server
            .run("import sys\nsys.exit(3)")
            .await
            .error("SystemExit");
        assert_eq!(error.value, "3", "{program}");
        server.run("def fails():\n    return 1 / 0").await.success();
        let error = server.run("fails()").await.error("ZeroDivisionError");
        assert!(
            error.traceback.contains("return 1 / 0"),
            "{program}: {}",
            error.traceback
        );
    }
}

#[tokio::test]
async fn envs_hold_for_one_execution() {
    let server = Server::start(&[]);
    let code = "import os\nprint(os.environ.get('FOO'))";
    let with = server
        .execute(json!({"code": code, "envs": {"FOO": "bar"}}))
        .await;
    assert_eq!(with.success(), "bar\n");
    assert_eq!(server.run(code).await.success(), "None\n");
}

#[tokio::test]
async fn contexts_have_variables_of_their_own_and_run_at_once() {
    let server = Server::start(&[]);
    let contexts = join_all((0..2).map(|_| server.create(json!({})))).await;
    // Each waits for a file that the other makes: one after the other, they would never end.
    let code = |own: usize| {
        format!(
            "import os, time\nopen('ready-{own}', 'w').close()\nwhile not os.path.exists('ready-{}'): time.sleep(0.01)\nmine = {own}",
            1 - own
        )
    };
    let (first, second) = (code(0), code(1));
    let (one, other) = tokio::join!(
        server.run_in(&contexts[0].id, &first),
        server.run_in(&contexts[1].id, &second)
    );
    one.success();
    other.success();
    for (index, context) in contexts.iter().enumerate() {
        let mine = server.run_in(&context.id, "print(mine)").await.success();
        assert_eq!(mine, format!("{index}\n"));
    }
    server.run("mine").await.error("NameError");
}

#[tokio::test]
async fn a_stop_while_python_hangs_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let workspace = scratch.path().join("workspace");
    fs::create_dir(&workspace).expect("a workspace");
    let alive = workspace.join("alive");
    mkfifo(&alive, Mode::S_IRWXU).expect("a FIFO");
    if nix::unistd::geteuid().is_root() {
        // A Python that may be anybody's runs in the sandbox, also to say what it is: as nobody.
        for file in [&workspace, &alive] {
            std::os::unix::fs::chown(file, Some(65534), Some(65534)).expect("it is ours");
        }
    }
    let temporary = scratch.path().join("temporary");
    fs::create_dir(&temporary).expect("a folder");
    let folder = scratch.path().join("python");
    fs::create_dir(&folder).expect("a folder");
    let script = folder.join("python3");
    let hangs = "#!/bin/sh\nexec 9>\"$HOME/alive\"\necho on >&9\nsleep 600\n";
    write_script(&script, hangs);

    let mut server = Command::new(env!("CARGO_BIN_EXE_codecell-server"))
        .args(["--port", "0", "--python"])
        .arg(&script)
        .arg("--workspace")
        .arg(&workspace)
        .env("TMPDIR", &temporary)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server's binary starts");
    // The FIFO ends when the last process that has it open is gone: the script's sleep, too.
    let (said, mut told) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut fifo = fs::File::open(alive).expect("it opens when the script does");
        let mut word = [0; 3];
        fifo.read_exact(&mut word).expect("the script's word");
        let _ = said.send(word);
        let mut rest = Vec::new();
        fifo.read_to_end(&mut rest).expect("its end");
    });
    let next = tokio::time::timeout(CEILING, told.recv()).await;
    assert_eq!(next, Ok(Some(*b"on\n")), "the script runs");
    let pid = i32::try_from(server.id()).expect("a process id");
    kill(Pid::from_raw(pid), Signal::SIGINT).expect("it is there");
    let next = tokio::time::timeout(CEILING, told.recv()).await;
    assert_eq!(next, Ok(None), "the script and what it started are gone");
    let output = tokio::task::spawn_blocking(move || {
        let mut out = String::new();
        let stdout = server.stdout.as_mut().expect("stdout is piped");
        stdout.read_to_string(&mut out).expect("text");
        (server.wait().expect("a status"), out)
    });
    let (status, out) = output.await.expect("it ended");
    assert!(status.success(), "{status}");
    assert_eq!(out, "", "it was not there yet");
    let left: Vec<_> = fs::read_dir(&temporary).expect("a folder").collect();
    assert!(left.is_empty(), "its temporary directory is gone: {left:?}");
}
