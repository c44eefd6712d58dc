//! What code can rename and replace changes nothing for the launches to come: all that they use was opened before.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};
use codecell_server::isolation::{OpenedPaths, Plan, build_root};
use codecell_server::worker::launcher::{Launcher, Program};

use crate::common::write_script;
use crate::server::{Server, launches_of, wait_for};
use crate::toolbox::{Scratch, Toolbox, as_root_and_user, launcher, python, said, server_binary};

/// The strong level and the medium one, and one without any layer.
const SETS: [&[Layer]; 3] = [&[Namespaces, Landlock, Seccomp], &[Landlock, Seccomp], &[]];

/// The plan of a launch that runs `code`.
fn plan(toolbox: &Toolbox, code: &str) -> Plan {
    let mut plan = toolbox.plan.clone();
    let words = ["-I", "-S", "-c", code].map(str::to_owned);
    plan.command.extend(words);
    plan
}

fn run(launcher: &Launcher) -> Output {
    let mut command = launcher.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap()
}

#[test]
fn a_workspace_whose_parent_is_replaced_is_still_the_workspace() {
    as_root_and_user(
        "paths::a_workspace_whose_parent_is_replaced_is_still_the_workspace",
        || {
            for layers in SETS {
                let mut toolbox = Toolbox::new(layers);
                let parent = toolbox.scratch.path().join("parent");
                fs::create_dir(&parent).unwrap();
                let workspace = parent.join("workspace");
                fs::rename(&toolbox.plan.workspace, &workspace).unwrap();
                toolbox.plan.workspace = workspace;
                let code = "import os\nprint(sorted(os.listdir('.')))\nopen('made', 'a').close()";
                let launcher = launcher(&plan(&toolbox, code));
                assert_eq!(said(&run(&launcher)), "['.packages']");

                // A link to everything, then another directory, in the parent's place.
                let aside = toolbox.scratch.path().join("aside");
                fs::rename(&parent, &aside).unwrap();
                symlink("/", &parent).unwrap();
                assert_eq!(said(&run(&launcher)), "['.packages', 'made']", "{layers:?}");
                fs::remove_file(&parent).unwrap();
                let other = parent.join("workspace");
                fs::create_dir_all(&other).unwrap();
                fs::write(other.join("secret"), "x").unwrap();
                assert_eq!(said(&run(&launcher)), "['.packages', 'made']", "{layers:?}");
                assert!(!other.join("made").exists());
            }
        },
    );
}

#[test]
fn a_python_whose_directory_is_replaced_shows_nothing_else() {
    as_root_and_user(
        "paths::a_python_whose_directory_is_replaced_shows_nothing_else",
        || {
            for layers in [SETS[0], SETS[1]] {
                let mut toolbox = Toolbox::new(layers);
                let venv = toolbox.scratch.path().join("venv");
                let made = Command::new(&python().0)
                    .args(["-m", "venv", "--without-pip"])
                    .arg(&venv)
                    .status();
                assert!(made.unwrap().success());
                let secret = Scratch::new();
                let file = secret.path().join("secret");
                fs::write(&file, "x").unwrap();
                fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
                let program = venv.join("bin/python");
                toolbox.plan.command = vec![program.to_str().unwrap().to_owned()];
                toolbox.plan.python.push(venv.clone());
                let seen = venv.join(file.strip_prefix("/").unwrap());
                let code = format!(
                    "import os\nprint(os.path.isdir({venv:?}))\nfor path in ({file:?}, {seen:?}):\n    try: print(open(path).read())\n    except OSError: print('hidden')"
                );
                let launcher = launcher(&plan(&toolbox, &code));
                let before = said(&run(&launcher));
                assert_eq!(before, "True\nhidden\nhidden", "{layers:?}");
                fs::rename(&venv, toolbox.scratch.path().join("aside")).unwrap();
                symlink("/", &venv).unwrap();
                let output = run(&launcher);
                let after = String::from_utf8_lossy(&output.stdout).into_owned();
                // In a new root it is still there. Elsewhere Python finds its environment no more, and nothing else either.
                if layers.contains(&Namespaces) {
                    assert_eq!(after.trim(), before);
                }
                assert!(!after.contains('x'), "{layers:?}: {after}");
            }
        },
    );
}

#[test]
fn a_program_that_is_replaced_is_not_run() {
    as_root_and_user("paths::a_program_that_is_replaced_is_not_run", || {
        for layers in SETS {
            let toolbox = Toolbox::new(layers);
            let home = toolbox.scratch.path().join("bin");
            fs::create_dir(&home).unwrap();
            let binary = home.join("codecell-server");
            fs::copy(server_binary(), &binary).unwrap();
            let program = Program::open(&binary).unwrap();
            let mark = toolbox.scratch.path().join("mark");
            let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
            let replace = |place: &Path| {
                fs::rename(&binary, place.with_extension("old")).unwrap_or_default();
                write_script(&binary, &script);
            };
            replace(&binary);
            let plan = plan(&toolbox, "print('ran')");
            let opened = OpenedPaths::open(&plan).unwrap();
            let opened = build_root(&program, &opened, &plan).unwrap();
            let launcher = Launcher::new(&program, &opened, &plan).unwrap();
            assert_eq!(said(&run(&launcher)), "ran");
            // Its whole directory is another one.
            fs::rename(&home, toolbox.scratch.path().join("bin-old")).unwrap();
            fs::create_dir(&home).unwrap();
            replace(&binary);
            assert_eq!(said(&run(&launcher)), "ran");
            assert!(!mark.exists(), "the other program ran: {layers:?}");
        }
    });
}

#[test]
fn a_link_in_place_of_the_packages_gives_nothing_away() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: only root's server gives files to another user");
        return;
    }
    let scratch = Scratch::new();
    let workspace = scratch.path().join("workspace");
    let roots = scratch.path().join("roots");
    for directory in [&workspace, &roots] {
        fs::create_dir(directory).unwrap();
    }
    chown(&workspace, Some(65534), Some(65534)).unwrap();
    for target in [&roots, &roots.join("missing")] {
        symlink(target, workspace.join(".packages")).unwrap();
        let server = Server::start(&["--workspace", workspace.to_str().unwrap()]);
        drop(server);
        assert_eq!(roots.metadata().unwrap().uid(), 0);
        assert!(!roots.join("missing").exists());
        fs::remove_file(workspace.join(".packages")).unwrap();
    }
}

/// Whoever can trace the process in whose mounts all launches begin can change what root's launches see.
#[test]
fn the_builder_of_a_root_server_stays_root() {
    use std::io::{BufRead, BufReader};

    let toolbox = Toolbox::new(SETS[0]);
    let plan = plan(&toolbox, "");
    let program = Program::open(&server_binary()).unwrap();
    let opened = OpenedPaths::open(&plan).unwrap();
    let builder = Launcher::builder(&program, &opened, &plan).unwrap();
    let mut command = builder.command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "built\n");
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let own = nix::unistd::geteuid().as_raw().to_string();
    assert!(
        ids.unwrap().split_whitespace().all(|id| id == own),
        "{status}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn neither_the_servers_environment_nor_the_plan_can_be_seen() {
    let server = Server::start_with(&["--warm", "2"], |command| {
        command.env("SECRET", "of the server");
    });
    let launches = wait_for(|| {
        let all = launches_of(server.child.id());
        (all.len() == 2).then_some(all)
    });
    let mut seen = 0;
    let mut processes = launches;
    while let Some(pid) = processes.pop() {
        processes.extend(launches_of(pid));
        let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        // Before it executes anything, a child is still the server.
        let words = wait_for(|| {
            let words = String::from_utf8_lossy(&read("cmdline")).into_owned();
            (!words.contains("--port")).then_some(words)
        });
        let is_python = words.contains("-I");
        assert!(
            is_python || words == "codecell-server\0launch\0" || words.is_empty(),
            "{words}"
        );
        let environment = String::from_utf8_lossy(&read("environ")).into_owned();
        assert!(!environment.contains("of the server"), "{environment}");
        seen += usize::from(!words.is_empty());
    }
    assert!(seen >= 2);
}

#[test]
fn a_workspace_that_code_has_closed_is_open_for_the_next_launch() {
    as_root_and_user(
        "paths::a_workspace_that_code_has_closed_is_open_for_the_next_launch",
        || {
            for layers in SETS {
                let toolbox = Toolbox::new(layers);
                let mode = || {
                    let data = fs::metadata(&toolbox.plan.workspace).unwrap();
                    data.permissions().mode() & 0o7777
                };
                for (closed, open) in [(0o000, 0o700), (0o640, 0o740), (0o2600, 0o2700)] {
                    let close = format!("import os\nos.chmod('.', {closed})");
                    said(&run(&launcher(&plan(&toolbox, &close))));
                    assert_eq!(mode(), closed);
                    let code = "import os\nprint(os.listdir('.'))";
                    let launcher = launcher(&plan(&toolbox, code));
                    assert_eq!(said(&run(&launcher)), "['.packages']", "{layers:?}");
                    assert_eq!(mode(), open, "{layers:?}");
                }
            }
        },
    );
}
