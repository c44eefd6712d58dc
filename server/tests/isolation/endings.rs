//! How workers end: as their code ended, when they are killed with all that came from them, and with
//! the server.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};
use codecell_server::isolation::Plan;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::toolbox::{Toolbox, as_root_and_user, launcher};

const SETS: [&[Layer]; 3] = [&[], &[Namespaces], &[Namespaces, Landlock, Seccomp]];

/// A child that has left the session writes a byte every few milliseconds.
const DAEMON: &str = r"
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3): os.close(fd)
        with open('beats', 'ab', 0) as beats:
            while True:
                beats.write(b'.')
                time.sleep(0.005)
    os._exit(0)
os.wait()
while not os.path.exists('beats') or os.path.getsize('beats') == 0: time.sleep(0.005)
print('ready', flush=True)
time.sleep(600)
";

#[test]
fn a_launch_ends_as_its_code_ended() {
    as_root_and_user("endings::a_launch_ends_as_its_code_ended", || {
        for layers in SETS {
            let toolbox = Toolbox::new(layers);
            let status = |code: &str| toolbox.run(&format!("import os, signal\n{code}")).status;
            assert_eq!(status("").code(), Some(0));
            assert_eq!(status("os._exit(3)").code(), Some(3));
            assert_eq!(status("os._exit(137)").code(), Some(137));
            for signal in [
                Signal::SIGKILL,
                Signal::SIGTERM,
                Signal::SIGSEGV,
                Signal::SIGUSR2,
            ] {
                let code = format!("os.kill(os.getpid(), {})", signal as i32);
                assert_eq!(status(&code).signal(), Some(signal as i32), "{layers:?}");
            }
        }
    });
}

#[test]
fn sigint_to_the_group_is_a_keyboard_interrupt() {
    as_root_and_user(
        "endings::sigint_to_the_group_is_a_keyboard_interrupt",
        || {
            for layers in SETS {
                let toolbox = Toolbox::new(layers);
                // Short sleeps: a signal that comes just before a sleep begins is seen only at its end.
                let mut child = toolbox.start(
                "import time\nfor _ in range(3):\n    try:\n        print('ready', flush=True)\n        while True: time.sleep(0.02)\n    except KeyboardInterrupt:\n        print('interrupted', flush=True)",
            );
                let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
                for _ in 0..3 {
                    assert_eq!(lines.next().unwrap().unwrap(), "ready");
                    killpg(pid(&child), Signal::SIGINT).unwrap();
                    assert_eq!(lines.next().unwrap().unwrap(), "interrupted");
                }
                drop(lines);
                assert!(child.wait_with_output().unwrap().status.success());
            }
        },
    );
}

#[test]
fn a_kill_ends_a_daemonised_child() {
    as_root_and_user("endings::a_kill_ends_a_daemonised_child", || {
        for layers in [&[Namespaces][..], &[Namespaces, Landlock, Seccomp]] {
            let toolbox = Toolbox::new(layers);
            let mut child = ready(toolbox.start(DAEMON));
            let began = Instant::now();
            killpg(pid(&child), Signal::SIGKILL).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(Signal::SIGKILL as i32));
            let took = began.elapsed();
            assert!(!beats(&toolbox), "the daemon survived");
            assert!(took < Duration::from_millis(500), "the kill took {took:?}");
        }
    });
}

#[test]
fn the_end_of_the_code_ends_a_daemonised_child() {
    as_root_and_user(
        "endings::the_end_of_the_code_ends_a_daemonised_child",
        || {
            let toolbox = Toolbox::new(&[Namespaces]);
            let code = DAEMON.replace("time.sleep(600)", "sys.exit(4)");
            let output = toolbox.run(&code);
            assert_eq!(output.status.code(), Some(4));
            assert!(!beats(&toolbox), "the daemon survived");
        },
    );
}

#[test]
fn without_namespaces_a_daemonised_child_survives() {
    let toolbox = Toolbox::new(&[]);
    let code = DAEMON.replace("os.close(fd)", "pass").replace(
        "with open('beats'",
        "print(os.getpid(), flush=True)\n        with open('beats'",
    );
    let mut child = toolbox.start(&code);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let daemon: i32 = lines.next().unwrap().unwrap().parse().unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    killpg(pid(&child), Signal::SIGKILL).unwrap();
    child.wait().unwrap();
    let survived = beats(&toolbox);
    kill(Pid::from_raw(daemon), Signal::SIGKILL).unwrap();
    assert!(
        survived,
        "it ended, so the tests with namespaces prove nothing"
    );
}

#[test]
fn zombies_are_reaped() {
    as_root_and_user("endings::zombies_are_reaped", || {
        let toolbox = Toolbox::new(&[Namespaces]);
        let code = "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        os.fork()\n        os._exit(0)\n    os.wait()\ntime.sleep(0.1)\nprint(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))";
        assert_eq!(toolbox.says(code), "[1, 2]");
    });
}

/// The plan of the test below, in JSON.
const PLAN: &str = "CODECELL_TEST_PLAN";

/// A server: launches the plan that it is given, and never ends by itself. Run as a process of its own by the next test.
#[test]
fn a_server_of_one_launch() {
    let Some(plan) = std::env::var_os(PLAN) else {
        return;
    };
    let mut plan: Plan = serde_json::from_str(plan.to_str().unwrap()).unwrap();
    plan.server = std::process::id();
    let mut child = launcher(&plan).command().spawn().unwrap();
    child.wait().unwrap();
}

#[test]
fn nothing_outlives_a_killed_server() {
    as_root_and_user("endings::nothing_outlives_a_killed_server", || {
        for layers in SETS {
            let toolbox = Toolbox::new(layers);
            let code = if layers.is_empty() {
                // Without a process namespace, the worker itself is what must end.
                "import time\nwith open('beats', 'ab', 0) as beats:\n    while True:\n        beats.write(b'.')\n        print('ready', flush=True)\n        time.sleep(0.005)"
            } else {
                DAEMON
            };
            let mut plan = toolbox.plan.clone();
            plan.command
                .extend(["-I", "-S", "-c", code].map(String::from));
            let mut server = Command::new(std::env::current_exe().unwrap())
                .args(["endings::a_server_of_one_launch", "--exact", "--nocapture"])
                .env(PLAN, serde_json::to_string(&plan).unwrap())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            // The test runner says something first.
            let lines = BufReader::new(server.stdout.as_mut().unwrap()).lines();
            assert!(lines.map_while(Result::ok).any(|line| line == "ready"));
            server.kill().unwrap();
            server.wait().unwrap();
            assert!(
                !beats(&toolbox),
                "something outlived the server: {layers:?}"
            );
        }
    });
}

#[test]
fn a_launch_whose_server_is_gone_does_not_start() {
    let mut toolbox = Toolbox::new(&[]);
    toolbox.plan.server = 1;
    let output = toolbox.run("print('started')");
    assert_eq!(output.status.code(), Some(125));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the server (process 1) is gone"), "{said}");
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Waits for the first line, and leaves nothing of it behind.
fn ready(mut child: Child) -> Child {
    let mut line = [0; 6];
    if child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut line)
        .is_err()
    {
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        panic!("it did not start: {said}");
    }
    assert_eq!(&line, b"ready\n");
    child
}

/// The first line that a child printed.
pub fn first_line(mut child: Child) -> (Child, String) {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.trim().to_owned())
}

/// Whether something still writes to the workspace, 30 ms from now and for 100 ms.
fn beats(toolbox: &Toolbox) -> bool {
    let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
    let path = toolbox.plan.workspace.join("beats");
    std::thread::sleep(Duration::from_millis(30));
    let before = size(&path);
    assert!(before > 0, "it never wrote");
    std::thread::sleep(Duration::from_millis(100));
    size(&path) > before
}
