//! What a worker is started with: no way up, nothing of the server's, and no more of a home than Python.

use std::path::Path;
use std::process::Command;

use crate::harness::Server;
use crate::machine::{Scratch, skip, virtual_environment};

/// As uv and others put one on the PATH.
#[cfg(unix)]
#[tokio::test]
async fn a_python_may_be_named_by_a_link_from_elsewhere() {
    let found = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .expect("python3 starts");
    let found = String::from_utf8(found.stdout).expect("a path");
    let scratch = Scratch::new();
    let link = scratch.path().join("python3");
    std::os::unix::fs::symlink(found.trim(), &link).expect("linked");
    let server = Server::start(&["--python", &link.display().to_string()]);
    let printed = server.run("import ctypes, json; print(1)").await.success();
    assert_eq!(printed, "1\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_new_privileges_and_no_descriptor_of_the_server() {
    let server = Server::start(&[]);
    let code = "import os
status = dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines())
print(status['NoNewPrivs'], int(status['CapEff'], 16), os.getuid() != 0)
listed = [f'/proc/self/fd/{name}' for name in os.listdir('/proc/self/fd')]
open_ones = [name for name in listed if os.path.lexists(name)]
print(sorted({os.readlink(name).split(':')[0] for name in open_ones}), len(open_ones))
print([name for name in os.environ if 'TOKEN' in name])";
    let said = server.run(code).await.success();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "1 0 True");
    // The null device, a spare of it, and eight pipes. No socket: the code could send descriptors over it, for the server to close.
    let (kinds, count) = lines[1].rsplit_once(' ').expect("kinds and a number");
    assert_eq!(kinds, "['/dev/null', 'pipe']");
    assert_eq!(count, "10", "{said}");
    assert_eq!(lines[2], "[]");
}

#[tokio::test]
async fn a_virtual_environment_is_used_named_or_active() {
    let scratch = Scratch::new();
    let venv = scratch.path().join("venv");
    let program = virtual_environment(&venv, &["--without-pip"]);
    let version = Command::new(&program)
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('purelib'))",
        ])
        .output()
        .expect("it runs");
    assert!(version.status.success(), "{version:?}");
    let packages = String::from_utf8(version.stdout).expect("a path");
    std::fs::write(Path::new(packages.trim()).join("only_here.py"), "value = 5").expect("written");
    let code = "import only_here, sys\nprint(only_here.value, sys.prefix)";
    let wanted = format!("5 {}\n", venv.display());
    let named = Server::start(&["--python", &program]);
    assert_eq!(named.run(code).await.success(), wanted);
    let active = Server::start_with(&[], |command| {
        command.env("VIRTUAL_ENV", &venv);
    });
    assert_eq!(active.run(code).await.success(), wanted);
}

#[tokio::test]
async fn a_python_in_a_home_shows_nothing_else_of_it() {
    let home = Scratch::new();
    let program = virtual_environment(home.path(), &["--without-pip"]);
    for place in ["diary", "lib/diary", "bin/diary"] {
        std::fs::write(home.path().join(place), "secret").expect("written");
    }
    let server = Server::start_with(&["--python", &program], |command| {
        command.env("HOME", home.path());
    });
    if server.lines[2].contains("basic") {
        return skip("nothing hides files here");
    }
    let code = format!(
        "import os, sys, json, ssl\nprint(sys.prefix)\nfor place in ('diary', 'lib/diary', 'bin/diary'):\n    try:\n        print(open({:?} + '/' + place).read())\n    except OSError:\n        print('hidden')",
        home.path()
    );
    let said = server.run(&code).await.success();
    assert_eq!(
        said,
        format!("{}\nhidden\nhidden\nhidden\n", home.path().display())
    );
}

/// Makes a wheel and installs it.
const INSTALLS: &str = "import subprocess, sys, zipfile
with zipfile.ZipFile('tiny-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('tiny.py', 'value = 6')
    wheel.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
    wheel.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('tiny-1.0.dist-info/RECORD', '')
done = subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', '--no-index', './tiny-1.0-py3-none-any.whl'], capture_output=True, text=True)
assert done.returncode == 0, done.stderr
import tiny
print(tiny.value)";

#[tokio::test]
async fn pip_installs_from_a_cell() {
    let scratch = Scratch::new();
    let program = virtual_environment(&scratch.path().join("venv"), &[]);
    let server = Server::start(&["--network", "host", "--python", &program]);
    assert_eq!(server.run(INSTALLS).await.success(), "6\n");
}

/// Gives a folder to the user that code runs as, where the server is root.
fn hand_to_code(folder: &Path) {
    if nix::unistd::geteuid().is_root() {
        let owned = Command::new("chown")
            .args(["-R", "65534:65534"])
            .arg(folder)
            .status();
        assert!(owned.expect("chown starts").success());
    }
}

/// A virtual environment in the workspace, where code can change it.
#[tokio::test]
async fn a_virtual_environment_in_the_workspace_is_used_when_it_is_named() {
    let scratch = Scratch::new();
    let workspace = scratch.path().join("project");
    std::fs::create_dir(&workspace).expect("made");
    let venv = workspace.join(".venv");
    let program = virtual_environment(&venv, &["--without-pip"]);
    let lib = std::fs::read_dir(venv.join("lib")).expect("made").next();
    let packages = lib
        .expect("one")
        .expect("read")
        .path()
        .join("site-packages");
    std::fs::write(packages.join("only_here.py"), "value = 5").expect("written");
    hand_to_code(&workspace);
    let found = Command::new(&program)
        .args([
            "-c",
            "import os, sys; print(os.path.realpath(sys.executable))",
        ])
        .output()
        .expect("it runs");
    let base = String::from_utf8(found.stdout).expect("a path");
    let options = [
        "--workspace",
        workspace.to_str().expect("a path of ASCII"),
        "--venv",
        venv.to_str().expect("a path of ASCII"),
        "--python",
        base.trim(),
    ];
    // Active as well, as in a shell of the project.
    let path = format!(
        "{}:{}",
        venv.join("bin").display(),
        std::env::var("PATH").expect("a path")
    );
    for options in [&options[..], &options[..4]] {
        let server = Server::start_with(options, |command| {
            command.env("VIRTUAL_ENV", &venv).env("PATH", &path);
        });
        let code = "import only_here, os, subprocess, sys
home = os.environ['HOME']
print(only_here.value, sys.prefix == home + '/.venv', sys.executable.startswith(sys.prefix))
child = [sys.executable, '-c', 'import only_here; print(only_here.value)']
print(subprocess.run(child, capture_output=True, text=True).stdout.strip())
open(only_here.__file__, 'a').close()";
        let said = server.run(code).await.success();
        assert_eq!(said, "5 True True\n5\n");
    }
}

#[tokio::test]
async fn pip_installs_into_a_virtual_environment_in_the_workspace() {
    let scratch = Scratch::new();
    let workspace = scratch.path().join("project");
    std::fs::create_dir(&workspace).expect("made");
    let venv = workspace.join(".venv");
    let program = virtual_environment(&venv, &[]);
    hand_to_code(&workspace);
    let base = std::fs::canonicalize(&program).expect("it is there");
    let word = |path: &Path| path.to_str().expect("a path of ASCII").to_owned();
    let (workspace, venv, base) = (word(&workspace), word(&venv), word(&base));
    let options = [
        "--workspace",
        &workspace,
        "--venv",
        &venv,
        "--python",
        &base,
        "--network",
        "host",
    ];
    let server = Server::start(&options);
    assert_eq!(server.run(INSTALLS).await.success(), "6\n");
    drop(server);
    // It stays for the next server, and a child finds it.
    let server = Server::start(&options);
    let code = "import subprocess, sys
print(subprocess.run([sys.executable, '-c', 'import tiny; print(tiny.value)'], capture_output=True, text=True).stdout, end='')";
    assert_eq!(server.run(code).await.success(), "6\n");
}
