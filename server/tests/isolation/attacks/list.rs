//! The attacks: what each does, and which layers stop it.

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};

/// An attack in Python: raises OSError when it is stopped.
pub struct Attack {
    pub name: &'static str,
    pub code: &'static str,
    /// Layers of which each alone stops it.
    pub stopped_by: &'static [Layer],
    /// Whether it fails anyway when the server is root, because the code is not.
    pub needs_same_user: bool,
}

/// From this version on, Landlock filters connections to sockets with a path.
pub const SOCKETS_ABI: u32 = 9;

pub const ATTACKS: [Attack; 40] = [
    attack(
        "read a file outside",
        "open(OUTSIDE).read()",
        &[Landlock, Namespaces],
    ),
    attack(
        "write a file outside",
        "open(OUTSIDE, 'a').write('x')",
        &[Landlock, Namespaces],
    ),
    attack(
        "list the root directory's homes",
        "os.listdir('/home')",
        &[Landlock, Namespaces],
    ),
    attack(
        "see the size and the times of a file outside",
        "os.stat(OUTSIDE)",
        &[Namespaces],
    ),
    of_same_user(
        "open a file of the user outside to everybody (chmod)",
        "os.chmod(OUTSIDE, 0o666)",
        &[Namespaces],
    ),
    of_same_user(
        "change the times of a file of the user outside",
        "os.utime(OUTSIDE, (1, 1))",
        &[Namespaces],
    ),
    of_same_user(
        "change the owner or group of a file of the user outside",
        "os.chown(OUTSIDE, -1, os.getgid())",
        &[Seccomp, Namespaces],
    ),
    attack(
        "change the attributes of a file outside",
        "os.setxattr(OUTSIDE, 'user.codecell', b'1')",
        &[Seccomp, Namespaces],
    ),
    attack(
        "watch a directory outside (inotify)",
        "call(libc.inotify_add_watch, libc.inotify_init(), OUTSIDE.encode(), 0xfff)",
        &[Seccomp, Namespaces],
    ),
    attack(
        "read what a program of the host left in /dev/shm",
        "open(SHARED).read()",
        &[Namespaces],
    ),
    attack(
        "attach shared memory of the host (System V)",
        "libc.shmat.restype = ctypes.c_ssize_t; call(libc.shmat, SEGMENT, None, 0)",
        &[Seccomp, Namespaces],
    ),
    attack(
        "open a message queue of the host (POSIX)",
        "call(libc.mq_open, QUEUE.encode(), 0)",
        &[Landlock, Seccomp, Namespaces],
    ),
    attack(
        "leave a program that runs with the user's rights for everybody (chmod)",
        "open('f', 'w').close(); os.chmod('f', 0o4755)",
        &[Seccomp],
    ),
    attack(
        "leave such a program (open)",
        "os.close(os.open(f'g{os.getpid()}', os.O_CREAT | os.O_WRONLY, 0o4755))",
        &[Seccomp],
    ),
    of_same_user(
        "read the server's environment",
        "open(f'/proc/{SERVER}/environ').read()",
        &[Landlock, Namespaces],
    ),
    attack(
        "read the server's command line",
        "open(f'/proc/{SERVER}/cmdline').read()",
        &[Landlock, Namespaces],
    ),
    of_same_user(
        "signal the server",
        "os.kill(SERVER, signal.SIGURG)",
        &[Landlock, Seccomp, Namespaces],
    ),
    of_same_user(
        "signal a thread of the server",
        "os.kill(THREAD, signal.SIGURG)",
        &[Landlock, Seccomp, Namespaces],
    ),
    of_same_user(
        "signal the server by a descriptor of it",
        "signal.pidfd_send_signal(os.pidfd_open(SERVER), signal.SIGURG)",
        &[Landlock, Seccomp, Namespaces],
    ),
    of_same_user(
        "change the server's priority",
        "os.setpriority(os.PRIO_PROCESS, SERVER, os.getpriority(os.PRIO_PROCESS, SERVER))",
        &[Seccomp, Namespaces],
    ),
    of_same_user(
        "change the server's scheduling",
        "os.sched_setscheduler(SERVER, os.sched_getscheduler(SERVER), os.sched_getparam(SERVER))",
        &[Seccomp, Namespaces],
    ),
    of_same_user(
        "choose the server's processors",
        "os.sched_setaffinity(SERVER, os.sched_getaffinity(SERVER))",
        &[Seccomp, Namespaces],
    ),
    of_same_user(
        "change the server's I/O priority",
        "call(libc.syscall, NUMBER['ioprio_set'], 1, SERVER, 0)",
        &[Seccomp, Namespaces],
    ),
    of_same_user(
        "change the server's limits",
        "resource.prlimit(SERVER, resource.RLIMIT_CORE)",
        &[Seccomp, Namespaces],
    ),
    attack(
        "have a socket signal the server",
        "fcntl.fcntl(socket.socket(socket.AF_UNIX), fcntl.F_SETOWN, SERVER)",
        &[Seccomp, Namespaces],
    ),
    attack(
        "hold a lease on a file, so that other programs block when they open it (F_SETLEASE)",
        "open('lease', 'w').close(); fcntl.fcntl(open('lease'), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
        &[Seccomp],
    ),
    attack(
        "get a signal for what happens in a directory (F_NOTIFY)",
        "signal.signal(signal.SIGIO, signal.SIG_IGN); fcntl.fcntl(os.open('.', os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS)",
        &[Seccomp],
    ),
    attack(
        "reach the host's loopback by TCP",
        "socket.create_connection(('127.0.0.1', PORT), 2)",
        &[Landlock, Seccomp, Namespaces],
    ),
    attack(
        "reach the host's loopback by UDP",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.connect(('127.0.0.1', UDP)); s.send(b'?'); s.recv(1)",
        &[Seccomp, Namespaces],
    ),
    attack(
        "connect to a UNIX socket with a path (session bus, Docker)",
        "socket.socket(socket.AF_UNIX).connect(SOCKET)",
        &[Namespaces],
    ),
    attack(
        "connect to an abstract UNIX socket",
        r"socket.socket(socket.AF_UNIX).connect('\0' + ABSTRACT)",
        &[Landlock, Namespaces],
    ),
    attack(
        "make a user namespace",
        "call(libc.unshare, 0x10000000)",
        &[Seccomp],
    ),
    attack(
        "trace a process (ptrace)",
        "call(libc.ptrace, 0, 0, 0, 0)",
        &[Seccomp],
    ),
    attack(
        "use io_uring",
        "call(libc.syscall, 425, 1, ctypes.create_string_buffer(120))",
        &[Seccomp],
    ),
    attack(
        "hold the lock of a pipe (splice)",
        "r, w = os.pipe(); _, other = os.pipe(); os.write(w, b'x'); call(libc.splice, r, None, other, None, 1, 0)",
        &[Seccomp],
    ),
    attack(
        "move memory between the nodes of the machine",
        "call(libc.syscall, NUMBER['move_pages'], 0, 0, None, None, None, 0)",
        &[Seccomp],
    ),
    attack(
        "take requests that count against the whole machine (io_setup)",
        "call(libc.syscall, NUMBER['io_setup'], 1, ctypes.byref(ctypes.c_ulong(0)))",
        &[Seccomp],
    ),
    attack(
        "list the connections of the machine (netlink)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)",
        &[Seccomp],
    ),
    attack(
        "list the connections of the machine (/proc)",
        "if f':{PORT:04X} ' not in open('/proc/self/net/tcp').read(): raise OSError('hidden')",
        &[Namespaces],
    ),
    attack(
        "open a socket to the hypervisor (vsock)",
        "socket.socket(40, socket.SOCK_STREAM)",
        &[Seccomp],
    ),
];

const fn attack(name: &'static str, code: &'static str, stopped_by: &'static [Layer]) -> Attack {
    Attack {
        name,
        code,
        stopped_by,
        needs_same_user: false,
    }
}

const fn of_same_user(
    name: &'static str,
    code: &'static str,
    stopped_by: &'static [Layer],
) -> Attack {
    Attack {
        name,
        code,
        stopped_by,
        needs_same_user: true,
    }
}
