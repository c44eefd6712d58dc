//! Limits: each is reached, and what is past it fails in a way that Python can tell.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use codecell_server::isolation::Layer::{Landlock, Namespaces, Seccomp};
use codecell_server::isolation::probe;
use nix::sys::signal::Signal;

use crate::server::Server;
use crate::toolbox::{Toolbox, as_root_and_user, launcher, server_binary};

#[test]
fn memory_ends_in_a_memory_error() {
    as_root_and_user("limits::memory_ends_in_a_memory_error", || {
        let toolbox = Toolbox::new(&[]);
        let code = "held = bytearray(400 << 20)\ntry:\n    bytearray(200 << 20)\nexcept MemoryError:\n    print('limit')";
        assert_eq!(toolbox.says(code), "limit");
    });
}

#[test]
fn address_space_is_free() {
    // What thread stacks and numpy need: reserved, never used. Twice what a process may have of memory, and less than
    // a small machine has: the kernel gives no more than that to one mapping.
    let toolbox = Toolbox::new(&[]);
    let code = "import mmap\nmmap.mmap(-1, 1 << 30, mmap.MAP_SHARED)\nprint('reserved')";
    assert_eq!(toolbox.says(code), "reserved");
}

#[test]
fn a_file_stops_growing() {
    as_root_and_user("limits::a_file_stops_growing", || {
        let toolbox = Toolbox::new(&[]);
        let code = "import errno\nwith open('f', 'wb', 0) as f:\n    f.write(b'x' * (1 << 20))\n    try:\n        f.write(b'x')\n    except OSError as error:\n        print(errno.errorcode[error.errno])";
        assert_eq!(toolbox.says(code), "EFBIG");
    });
}

#[test]
fn open_files_are_counted() {
    let toolbox = Toolbox::new(&[]);
    let code = "import errno\nfiles = []\ntry:\n    while True: files.append(open('/dev/null'))\nexcept OSError as error:\n    print(errno.errorcode[error.errno], files[-1].fileno())";
    assert_eq!(toolbox.says(code), "EMFILE 127");
}

#[test]
fn few_open_files_cost_no_layer() {
    as_root_and_user("limits::few_open_files_cost_no_layer", || {
        let mut toolbox = Toolbox::new(&[]);
        let layers = |toolbox: &Toolbox| {
            let (plan, report) = probe(&server_binary(), &toolbox.plan, &[]).unwrap();
            (plan.layers, report.level)
        };
        let with_many = layers(&toolbox);
        toolbox.plan.limits.open_files = 16;
        assert_eq!(layers(&toolbox), with_many);
    });
}

#[test]
fn processor_time_ends() {
    use std::os::unix::process::ExitStatusExt;

    let mut toolbox = Toolbox::new(&[]);
    toolbox.plan.limits.cpu_seconds = 1;
    let output = toolbox.run("while True: pass");
    // A signal of its own, which says what happened; who ignores it is killed a second later.
    assert_eq!(output.status.signal(), Some(Signal::SIGXCPU as i32));
    let deaf = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass";
    let output = toolbox.run(deaf);
    assert_eq!(output.status.signal(), Some(Signal::SIGKILL as i32));
}

/// Forks children that wait, until the limit is there.
const FORKS: &str = r"
import errno, os, sys
children = 0
hold, release = os.pipe()
while children < 1000:
    try:
        if os.fork() == 0:
            os.close(release)
            os.read(hold, 1)
            os._exit(0)
    except OSError as error:
        print(errno.errorcode[error.errno], children)
        break
    children += 1
";

#[test]
fn processes_are_counted_for_each_context() {
    as_root_and_user("limits::processes_are_counted_for_each_context", || {
        let toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
        // A first context at its limit takes nothing from a second.
        let first = toolbox.start(&format!(
            "{FORKS}\nsys.stdout.flush()\nimport time\ntime.sleep(600)"
        ));
        let mut first = crate::endings::first_line(first);
        let second = toolbox.says(FORKS);
        first.0.kill().unwrap();
        first.0.wait().unwrap();
        assert_eq!(first.1, second);
        let count: u64 = second.strip_prefix("EAGAIN ").unwrap().parse().unwrap();
        assert!((64..=66).contains(&count), "{count}");
    });
}

/// Takes inotify instances until there are no more, then watches of files with all of them.
const WATCHES: &str = r"
import ctypes, os, sys, tempfile
libc = ctypes.CDLL(None, use_errno=True)
taken = []
while (instance := libc.inotify_init1(0)) >= 0: taken.append(instance)
instances, watches, files = len(taken), 0, 0
place = tempfile.mkdtemp(dir='.')
while taken and files < 4000:
    name = f'{place}/{files}'.encode()
    os.close(os.open(name, os.O_CREAT))
    files += 1
    for instance in taken:
        watches += libc.inotify_add_watch(instance, name, 2) > 0
print(instances, watches, flush=True)
";

#[test]
fn contexts_leave_half_of_what_inotify_gives_a_user() {
    as_root_and_user(
        "limits::contexts_leave_half_of_what_inotify_gives_a_user",
        || {
            let limit = |name: &str| -> u64 {
                let most = fs::read_to_string(format!("/proc/sys/user/max_inotify_{name}"));
                most.unwrap().trim().parse().unwrap()
            };
            let mut toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
            let code = format!("{WATCHES}\nsys.stdin.read()");
            toolbox
                .plan
                .command
                .extend(["-I", "-S", "-c", &code].map(str::to_owned));
            let launcher = launcher(&toolbox.plan);
            let start = || {
                let mut command = launcher.command();
                command.stdin(Stdio::piped()).stdout(Stdio::piped());
                let (child, said) = crate::endings::first_line(command.spawn().unwrap());
                let counts = said.split(' ').map(|count| count.parse::<u64>().unwrap());
                (child, counts.collect::<Vec<_>>())
            };
            let (mut first, taken) = start();
            assert!(
                0 < taken[0] && taken[0] <= limit("instances") / 2,
                "{taken:?}"
            );
            assert!(
                0 < taken[1] && taken[1] <= limit("watches") / 2,
                "{taken:?}"
            );
            // All contexts share that half, and the user still has the other one.
            let (mut second, others) = start();
            assert!(
                taken[0] + others[0] <= limit("instances") / 2,
                "{taken:?} {others:?}"
            );
            // SAFETY: the path ends with a NUL; the instance is closed with this process.
            let watch = unsafe {
                let instance = nix::libc::inotify_init1(nix::libc::IN_CLOEXEC);
                nix::libc::inotify_add_watch(instance, c"/".as_ptr(), nix::libc::IN_CREATE)
            };
            assert!(watch >= 0, "{}", std::io::Error::last_os_error());
            for child in [&mut first, &mut second] {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        },
    );
}

/// Where the server's user may have real-time scheduling, for example for audio, its code must not have it: it would run before
/// the server.
#[test]
fn code_does_not_run_before_the_server() {
    if nix::unistd::geteuid().is_root() {
        use nix::sys::resource::{Resource, setrlimit};
        // Handed on to the ordinary user's run as well.
        for resource in [Resource::RLIMIT_RTPRIO, Resource::RLIMIT_NICE] {
            if let Err(error) = setrlimit(resource, 10, 10) {
                eprintln!("not given to the code's user: {error}");
            }
        }
    }
    as_root_and_user("limits::code_does_not_run_before_the_server", || {
        let code = "import os, resource
print(resource.getrlimit(resource.RLIMIT_RTPRIO), resource.getrlimit(13))
for attempt in (
    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
    lambda: os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - 1),
):
    try: attempt(); print('through')
    except PermissionError: pass
print('done')";
        for layers in [
            &[Namespaces, Landlock, Seccomp][..],
            &[Landlock, Seccomp],
            &[],
        ] {
            let said = Toolbox::new(layers).says(code);
            assert_eq!(said, "(0, 0) (0, 0)\ndone", "{layers:?}");
        }
    });
}

/// What programs need of sockets is there; a rarer protocol is refused by the filter, before the kernel looks for a module.
#[test]
fn only_common_protocols_are_allowed() {
    as_root_and_user("limits::only_common_protocols_are_allowed", || {
        let code = "import errno, socket
for family in (socket.AF_INET, socket.AF_INET6):
    for kind, protocol in ((1, 0), (1, 6), (2, 0), (2, 17)): socket.socket(family, kind, protocol)
    for kind, protocol in ((1, 132), (1, 256), (2, 136), (2, 33)):
        try: socket.socket(family, kind, protocol); print('through', protocol)
        except PermissionError: pass
socket.if_nameindex()
socket.getaddrinfo('localhost', 80)
print('done')";
        let mut toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
        assert_eq!(toolbox.says(code), "done");
        toolbox.plan.network = true;
        toolbox.plan.layers = vec![Landlock, Seccomp];
        assert_eq!(toolbox.says(code), "done");
    });
}

#[test]
fn no_core_is_written_and_files_are_private() {
    let toolbox = Toolbox::new(&[]);
    let code = "import os, resource\nos.close(os.open('made', os.O_CREAT, 0o777))\nprint(resource.getrlimit(resource.RLIMIT_CORE), oct(os.stat('made').st_mode & 0o777), os.getsid(0) == os.getpid())";
    assert_eq!(toolbox.says(code), "(0, 0) 0o700 True");
}

/// The memory layer of a server's report.
fn memory_layer(server: &Server) -> serde_json::Value {
    let health = server.health();
    let layers = health["isolation"]["layers"].as_array().unwrap();
    let memory = layers.iter().find(|layer| layer["name"] == "memory");
    memory.unwrap().clone()
}

/// Every user of the machine may read the place where servers make their control groups, and can hold a lock on it.
#[test]
fn a_lock_that_another_program_holds_takes_no_control_groups_away() {
    let free = memory_layer(&Server::start(&["--warm", "0"]));
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap();
    let points = mounts
        .lines()
        .filter_map(|line| line.split_once(" - cgroup")?.0.split(' ').nth(4));
    let mut locks = Vec::new();
    for point in points.map(Path::new) {
        let own = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
        for path in own.chain(["/"]) {
            let place = fs::File::open(point.join(path.trim_start_matches('/')));
            locks.extend(place.ok().filter(|place| place.try_lock().is_ok()));
        }
    }
    assert_eq!(memory_layer(&Server::start(&["--warm", "0"])), free);
    drop(locks);
}

#[test]
fn shared_memory_has_only_so_many_files() {
    as_root_and_user("limits::shared_memory_has_only_so_many_files", || {
        let toolbox = Toolbox::new(&[Namespaces, Seccomp]);
        let code = "import errno\ncount = 0\ntry:\n    while count < 100_000:\n        open(f'/dev/shm/{count}', 'x').close()\n        count += 1\nexcept OSError as error:\n    print(errno.errorcode[error.errno], 1000 < count < 40_000)";
        assert_eq!(toolbox.says(code), "ENOSPC True");
    });
}

#[test]
fn code_goes_first_when_the_machine_runs_out_of_memory() {
    as_root_and_user(
        "limits::code_goes_first_when_the_machine_runs_out_of_memory",
        || {
            let code = "print(open('/proc/self/oom_score_adj').read())";
            for layers in [
                &[][..],
                &[Landlock, Seccomp],
                &[Namespaces, Landlock, Seccomp],
            ] {
                assert_eq!(Toolbox::new(layers).says(code), "1000", "{layers:?}");
            }
        },
    );
}
