//! Leases: who holds one makes the next program that opens the file wait, wherever that program runs.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};
use nix::libc;

use crate::toolbox::{Toolbox, as_root_and_user};

const SETS: [&[Layer]; 3] = [
    &[Landlock, Seccomp],
    &[Namespaces, Seccomp],
    &[Namespaces, Landlock, Seccomp],
];

/// A file of the server's user that code may only read, as those of a virtual environment.
#[test]
fn code_holds_no_lease_on_a_file_that_it_is_shown() {
    as_root_and_user(
        "leases::code_holds_no_lease_on_a_file_that_it_is_shown",
        || {
            for layers in SETS {
                let mut toolbox = Toolbox::new(layers);
                let shown = toolbox.scratch.path().join("environment");
                fs::create_dir(&shown).unwrap();
                let file = shown.join("module.py");
                fs::write(&file, "").unwrap();
                toolbox.plan.python.push(shown);
                let code = format!(
                    "import errno, fcntl\nfile = open({:?})\nfor lease in (fcntl.F_RDLCK, fcntl.F_WRLCK):\n    \
                     try: fcntl.fcntl(file, fcntl.F_SETLEASE, lease); print('held')\n    \
                     except OSError as error: print(errno.errorcode[error.errno])\nprint('.', flush=True)\nimport time; time.sleep(60)",
                    file
                );
                let mut child = toolbox.start(&code);
                let mut said = String::new();
                let out = std::io::BufReader::new(child.stdout.as_mut().unwrap());
                for line in std::io::BufRead::lines(out) {
                    let line = line.unwrap();
                    if line == "." {
                        break;
                    }
                    said.push_str(&line);
                    said.push(' ');
                }
                // Does not wait: it says so where it would have to.
                let opened = fs::OpenOptions::new()
                    .write(true)
                    .custom_flags(libc::O_NONBLOCK)
                    .open(&file);
                child.kill().unwrap();
                child.wait().unwrap();
                assert_eq!(said, "EPERM EPERM ", "{layers:?}");
                opened.unwrap();
            }
        },
    );
}

/// What this kernel does not know yet is refused as well; locks, which databases use, are not.
#[test]
fn of_fcntl_only_leases_and_notices_are_refused() {
    as_root_and_user(
        "leases::of_fcntl_only_leases_and_notices_are_refused",
        || {
            let code = r"
import errno, fcntl, os, sqlite3, struct
lock = struct.pack('hhqqi4x', fcntl.F_UNLCK, 0, 0, 0, 0)
file = open('file', 'w+')
directory = os.open('.', os.O_RDONLY)
def refused(file, command, argument=0):
    try: fcntl.fcntl(file, command, argument)
    except OSError as error: return errno.errorcode[error.errno]
    return 'through'
F_SETDELEG = 1040
print(*[refused(file, command) for command in (fcntl.F_SETLEASE, fcntl.F_NOTIFY, F_SETDELEG)])
print(*[refused(directory, command) for command in (fcntl.F_SETLEASE, fcntl.F_NOTIFY, F_SETDELEG)])
print(*[refused(file, command, lock) for command in (fcntl.F_SETLK, fcntl.F_OFD_SETLK)])
print(*[refused(file, command) for command in (fcntl.F_GETLEASE, fcntl.F_GETFL, fcntl.F_GETFD, fcntl.F_DUPFD_CLOEXEC)])
fcntl.flock(file, fcntl.LOCK_EX)
with sqlite3.connect('data') as data: data.execute('create table t(x)')
";
            for layers in SETS {
                let said = Toolbox::new(layers).says(code);
                let wanted = "EPERM EPERM EPERM\nEPERM EPERM EPERM\nthrough through\nthrough through through through";
                assert_eq!(said, wanted, "{layers:?}");
            }
        },
    );
}
