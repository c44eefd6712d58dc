//! What the code sees, and which working directories it can have.

use std::path::Path;

use codecell_server::isolation::Layer::{Landlock, Namespaces, Seccomp};
use codecell_server::isolation::View;

use crate::toolbox::{Toolbox, as_root_and_user, describe};

#[test]
fn a_working_directory_must_be_visible() {
    let toolbox = Toolbox::new(&[Namespaces, Landlock]);
    let view = View::of(&toolbox.plan);
    // The scratch directory lies in /tmp, which is the code's own in a new root.
    let workspace = &toolbox.plan.workspace_seen();
    let host = &toolbox.plan.workspace;
    let found = |cwd: &str| view.look_up(Path::new(cwd)).unwrap();

    assert_eq!(found(""), workspace.join(""));
    assert_eq!(found("data/raw"), workspace.join("data/raw"));
    assert_eq!(found("/tmp"), Path::new("/tmp"));
    assert_eq!(found("/tmp/x"), Path::new("/tmp/x"));
    assert_eq!(found(workspace.to_str().unwrap()), *workspace);
    assert_eq!(
        found(host.join("data").to_str().unwrap()),
        workspace.join("data")
    );
    assert_eq!(found("/usr/lib"), Path::new("/usr/lib"));

    for hidden in [
        "/root",
        "/home/somebody",
        "/",
        "/etc",
        "/usr/../root",
        "../../../../root",
    ] {
        let error = view.look_up(Path::new(hidden)).unwrap_err().to_string();
        let usable = format!("use a directory in {} or in /tmp", workspace.display());
        assert!(
            error.starts_with("the code can't see /"),
            "{hidden}: {error}"
        );
        assert!(error.ends_with(&usable), "{hidden}: {error}");
    }
}

#[test]
fn without_layers_the_host_is_visible() {
    let toolbox = Toolbox::new(&[]);
    let view = View::of(&toolbox.plan);
    assert_eq!(
        view.look_up(Path::new("/var/x")).unwrap(),
        Path::new("/var/x")
    );
}

#[test]
fn all_contexts_share_the_workspace_and_tmp() {
    as_root_and_user("view::all_contexts_share_the_workspace_and_tmp", || {
        let toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
        toolbox.says("open('a', 'w').write('1'); open('/tmp/b', 'w').write('2')");
        assert_eq!(
            toolbox.says("print(open('a').read() + open('/tmp/b').read())"),
            "12"
        );
        assert!(
            toolbox.plan.tmp.join("b").exists(),
            "/tmp is not the toolbox's"
        );
    });
}

#[test]
fn the_new_root_is_read_only_but_for_its_own_places() {
    as_root_and_user(
        "view::the_new_root_is_read_only_but_for_its_own_places",
        || {
            let toolbox = Toolbox::new(&[Namespaces]);
            let code = r"
import os
def can_write(path):
    try: open(path + '/x', 'w').close()
    except OSError: return False
    return True
print([p for p in ('/', '/usr', '/etc', '/dev', '/proc', '/home', '/root', '/tmp', '/dev/shm', '.') if can_write(p)])
print([p for p in ('/home', '/root', '/var', '/sys', '/run', '/etc/shadow', '/etc/passwd') if os.path.exists(p)])
import pwd, socket
print(pwd.getpwuid(os.getuid()).pw_dir == os.getcwd() == os.environ['HOME'], socket.gethostname())
server = socket.socket(); server.bind(('localhost', 0)); server.listen()
socket.create_connection(server.getsockname())
";
            let said = toolbox.says(code);
            assert_eq!(
                said,
                "['/tmp', '/dev/shm', '.']\n['/etc/passwd']\nTrue codecell"
            );
        },
    );
}

#[test]
fn what_code_does_in_tmp_changes_no_way_to_the_workspace() {
    as_root_and_user(
        "view::what_code_does_in_tmp_changes_no_way_to_the_workspace",
        || {
            // The workspace lies below the host's /tmp, where code has a /tmp of its own.
            let toolbox = Toolbox::new(&[Namespaces]);
            let first = toolbox.scratch.path().file_name().unwrap();
            let elsewhere = toolbox.scratch.path().join("elsewhere");
            std::fs::create_dir(&elsewhere).unwrap();
            std::os::unix::fs::symlink(&elsewhere, toolbox.plan.tmp.join(first)).unwrap();
            let code = "import os\nprint(os.getcwd(), os.environ['HOME'], os.listdir('/tmp'))";
            let name = first.to_str().unwrap();
            let wanted = format!("/workspace /workspace ['{name}']");
            assert_eq!(toolbox.says(code), wanted);
            assert!(
                std::fs::read_dir(&elsewhere).unwrap().next().is_none(),
                "it was followed"
            );
        },
    );
}

#[test]
fn only_the_allowed_environment_is_handed_on() {
    let toolbox = Toolbox::new(&[]);
    let code = "import os; print('SECRET' in os.environ, os.environ['HOME'] == os.getcwd(), os.environ['TMPDIR'])";
    let tmp = toolbox.plan.tmp.display();
    assert_eq!(toolbox.says(code), format!("False True {tmp}"));
    let inside = Toolbox::new(&[Namespaces]);
    let code = "import os; print('SECRET' in os.environ, os.environ['TMPDIR'])\ntry: print(b'SECRET' in open('/proc/1/environ', 'rb').read())\nexcept OSError: print('closed')";
    assert_eq!(inside.says(code), "False /tmp\nclosed");
}

#[test]
fn a_python_that_only_its_owner_can_reach_works_in_a_new_root() {
    let (python, prefix) = describe(Path::new("python3"));
    let mut toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
    toolbox.plan.command = vec![python.to_str().unwrap().to_owned()];
    toolbox.plan.python = vec![prefix.clone()];
    let said =
        toolbox.says("import sys, ctypes, ssl, sqlite3, multiprocessing; print(sys.base_prefix)");
    assert_eq!(Path::new(&said), prefix);
}

/// Adds a key to those of this process's user; false where the system has none.
fn add_key(name: &std::ffi::CStr) -> bool {
    const USER_KEYRING: i32 = -4;
    // SAFETY: the call reads three words that end with NUL, the third with its length.
    let added = unsafe {
        nix::libc::syscall(
            nix::libc::SYS_add_key,
            c"user".as_ptr(),
            name.as_ptr(),
            c"x".as_ptr(),
            1_usize,
            USER_KEYRING,
        )
    };
    added >= 0
}

#[test]
fn neither_keys_nor_control_groups_of_the_host_are_named() {
    as_root_and_user(
        "view::neither_keys_nor_control_groups_of_the_host_are_named",
        || {
            let toolbox = Toolbox::new(&[Namespaces, Seccomp]);
            let groups = toolbox.says("print(open('/proc/self/cgroup').read())");
            assert!(groups.lines().all(|line| line.ends_with(":/")), "{groups}");
            if !add_key(c"codecell-test-key") {
                eprintln!("skipped: no key can be added here");
                return;
            }
            let keys = "try: print(open('/proc/keys').read())\nexcept OSError: pass";
            assert_eq!(toolbox.says(keys), "");
        },
    );
}
