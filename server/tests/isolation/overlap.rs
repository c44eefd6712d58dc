//! A workspace in which something lies that the server trusts is refused, and whatever is not trusted runs in the sandbox only.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::{Server, command};
use crate::toolbox::{Scratch, as_root_and_user, python, server_binary};

/// A directory for code, as a server of this user takes it: with a file in it, so that it is not given away.
fn workspace(at: &Path) -> PathBuf {
    let workspace = at.join("project");
    fs::create_dir(&workspace).unwrap();
    fs::write(workspace.join("notes"), "").unwrap();
    for file in [&workspace, &workspace.join("notes")] {
        give(file);
    }
    workspace
}

/// Root's server takes a workspace of an unprivileged user's only.
fn give(file: &Path) {
    if nix::unistd::geteuid().is_root() {
        chown(file, Some(65534), Some(65534)).unwrap();
    }
}

fn environment(at: &Path) {
    let made = Command::new(&python().0)
        .args(["-m", "venv", "--without-pip"])
        .arg(at)
        .status();
    assert!(made.unwrap().success());
}

/// What a server says that does not start.
fn refused(python: &Path, adapt: impl FnOnce(&mut Command)) -> String {
    let scratch = Scratch::new();
    let mut command = command(&scratch, &["--python", python.to_str().unwrap()]);
    adapt(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it started");
    assert!(output.stdout.is_empty(), "it said it had started");
    said
}

#[track_caller]
fn assert_named(said: &str, workspace: &Path, other: &str) {
    let words = format!("the workspace {} ", workspace.display());
    assert!(said.contains(&words), "{said}");
    assert!(said.contains(other), "{other}: {said}");
    assert!(
        said.contains("--python") || said.contains("another directory") || said.contains("TMPDIR"),
        "{said}"
    );
}

#[test]
fn a_workspace_with_the_python_in_it_is_refused() {
    as_root_and_user(
        "overlap::a_workspace_with_the_python_in_it_is_refused",
        || {
            let scratch = Scratch::new();
            let inside = workspace(scratch.path());
            let venv = inside.join(".venv");
            environment(&venv);
            let program = venv.join("bin/python");
            let option = |command: &mut Command| {
                command.arg("--workspace").arg(&inside);
            };
            let name = program.to_str().unwrap();

            let named = refused(&program, option);
            assert_named(&named, &inside, name);
            assert!(named.contains("--venv"), "{named}");

            // Active, or on the PATH, or behind a link that lies in the workspace, or by a link to the workspace.
            let alias = scratch.path().join("alias");
            symlink(&inside, &alias).unwrap();
            let real = &python().0;
            symlink(real, inside.join("link")).unwrap();
            let outer = scratch.path().join("outer");
            symlink(inside.join("link"), &outer).unwrap();
            let programs = [alias.join(".venv/bin/python"), inside.join("link"), outer];
            for program in programs {
                let said = refused(&program, option);
                assert_named(&said, &inside, program.to_str().unwrap());
            }
            let active = scratch.path().join("no-python-here");
            let mut starts = command_without_python(&active);
            starts
                .arg("--workspace")
                .arg(&inside)
                .env("VIRTUAL_ENV", &venv);
            assert_named(&said_by(starts), &inside, name);
            let mut starts = command_without_python(&active);
            let path = format!("{}:/usr/bin:/bin", venv.join("bin").display());
            starts
                .arg("--workspace")
                .arg(&inside)
                .env("PATH", path)
                .env_remove("VIRTUAL_ENV");
            assert_named(&said_by(starts), &inside, "bin/python3");

            // The other way around: a workspace in what Python is.
            let beside = scratch.path().join("beside");
            environment(&beside);
            let below = beside.join("lib/project");
            fs::create_dir(&below).unwrap();
            give(&below);
            let said = refused(&beside.join("bin/python"), |command| {
                command.arg("--workspace").arg(&below);
            });
            assert_named(&said, &below, "beside/bin/python");
        },
    );
}

/// A server's command that names no Python.
fn command_without_python(tmp: &Path) -> Command {
    let _ = fs::create_dir(tmp);
    let mut command = Command::new(server_binary());
    command.args(["--port", "0"]).env("TMPDIR", tmp);
    command
}

fn said_by(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "it started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_workspace_with_the_program_the_page_or_the_temporary_directory_in_it_is_refused() {
    as_root_and_user(
        "overlap::a_workspace_with_the_program_the_page_or_the_temporary_directory_in_it_is_refused",
        || {
            let scratch = Scratch::new();
            let inside = workspace(scratch.path());
            let page = inside.join("dist");
            fs::create_dir(&page).unwrap();
            fs::write(page.join("index.html"), "").unwrap();
            fs::write(inside.join("index.html"), "").unwrap();
            let sub = page.join("sub");
            fs::create_dir(&sub).unwrap();
            give(&sub);
            for (workspace, www) in [(&inside, &page), (&sub, &page), (&inside, &inside)] {
                let said = refused(&python().0, |command| {
                    command.arg("--workspace").arg(workspace);
                    command.arg("--www").arg(www);
                });
                assert_named(&said, workspace, www.to_str().unwrap());
            }
            let said = refused(&python().0, |command| {
                command.arg("--workspace").arg(&inside);
                command.env("TMPDIR", &sub);
            });
            assert_named(&said, &inside, sub.to_str().unwrap());

            let program = inside.join("codecell-server");
            fs::copy(server_binary(), &program).unwrap();
            let mut starts = Command::new(&program);
            starts
                .args(["--port", "0", "--workspace"])
                .arg(&inside)
                .env("TMPDIR", scratch.path());
            assert_named(&said_by(starts), &inside, program.to_str().unwrap());
        },
    );
}

#[test]
fn a_hard_link_to_the_program_or_to_python_in_the_workspace_is_refused() {
    as_root_and_user(
        "overlap::a_hard_link_to_the_program_or_to_python_in_the_workspace_is_refused",
        || {
            let scratch = Scratch::new();
            let inside = workspace(scratch.path());
            let deep = inside.join("a/b");
            fs::create_dir_all(&deep).unwrap();
            let link = deep.join("tool");
            // Each belongs to the user that the code runs as.
            let program = scratch.path().join("codecell-server");
            fs::copy(server_binary(), &program).unwrap();
            let venv = scratch.path().join("venv");
            let made = Command::new(&python().0)
                .args(["-m", "venv", "--without-pip", "--copies"])
                .arg(&venv)
                .status();
            assert!(made.unwrap().success());
            let copied = venv.join("bin/python3");
            for trusted in [&program, &copied] {
                give(trusted);
                fs::hard_link(trusted, &link).unwrap();
                let said = said_by(starts(&program, &copied, &inside));
                assert!(said.contains("is a hard link to"), "{said}");
                assert!(said.contains(link.to_str().unwrap()), "{said}");
                assert!(said.contains(trusted.to_str().unwrap()), "{said}");
                // Elsewhere, nobody minds a second name.
                fs::rename(&link, scratch.path().join("elsewhere")).unwrap();
                let mut command = starts(&program, &copied, &inside);
                let server = crate::common::Server::spawn(&mut command);
                drop(server);
                fs::remove_file(scratch.path().join("elsewhere")).unwrap();
            }
        },
    );
}

/// A server of this program, with this Python and this workspace.
fn starts(program: &Path, python: &Path, workspace: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--port", "0", "--warm", "0", "--python"])
        .arg(python)
        .arg("--workspace")
        .arg(workspace);
    command
}

#[test]
fn a_bind_mount_hides_no_overlap() {
    use nix::mount::{MntFlags, MsFlags, mount, umount2};

    let scratch = Scratch::new();
    let inside = workspace(scratch.path());
    fs::create_dir(inside.join("dist")).unwrap();
    fs::write(inside.join("dist/index.html"), "").unwrap();
    let elsewhere = scratch.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let nothing: Option<&str> = None;
    let bind = MsFlags::MS_BIND;
    if mount(
        Some(&inside.join("dist")),
        &elsewhere,
        nothing,
        bind,
        nothing,
    )
    .is_err()
    {
        eprintln!("skipped: nothing can be mounted here");
        return;
    }
    let output = command(&Scratch::new(), &[])
        .arg("--workspace")
        .arg(&inside)
        .arg("--www")
        .arg(&elsewhere)
        .output();
    umount2(&elsewhere, MntFlags::MNT_DETACH).unwrap();
    let said = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    assert_named(&said, &inside, elsewhere.to_str().unwrap());
}

#[test]
fn python_says_what_it_is_in_the_sandbox() {
    as_root_and_user("overlap::python_says_what_it_is_in_the_sandbox", || {
        let scratch = Scratch::new();
        let marks = scratch.path().join("marks");
        fs::create_dir(&marks).unwrap();
        fs::set_permissions(&marks, fs::Permissions::from_mode(0o777)).unwrap();
        let venv = scratch.path().join("venv");
        environment(&venv);
        let lib = fs::read_dir(venv.join("lib")).unwrap().next().unwrap();
        let packages = lib.unwrap().path().join("site-packages");
        let write = |name: &str| format!("open({:?}, 'w')", marks.join(name).to_str().unwrap());
        let planted = format!(
            "import os\ntry:\n    {}\nexcept OSError: pass\n",
            write("site")
        );
        fs::write(packages.join("sitecustomize.py"), planted).unwrap();
        let line = format!(
            "import os; exec(\"try: {}\\nexcept OSError: pass\")\n",
            write("pth")
        );
        fs::write(packages.join("planted.pth"), line).unwrap();
        for without in [&[][..], &["--without-layer", "namespaces"]] {
            let program = venv.join("bin/python");
            let mut options = vec!["--python", program.to_str().unwrap()];
            options.extend(without);
            let server = Server::start(&options);
            let level = server.line("Isolation:").to_owned();
            drop(server);
            if !level.starts_with("basic") {
                assert_eq!(fs::read_dir(&marks).unwrap().count(), 0, "{level}");
            }
        }
    });
}
