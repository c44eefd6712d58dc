//! The attack table: each attack against each layer alone and against all together.
//!
//! Where a layer does not claim to stop an attack, the attack must get through: that shows that it
//! is a real one, and that what stops it elsewhere is the layer.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};
use codecell_server::isolation::probe;

use crate::toolbox::{Scratch, Toolbox, as_root_and_nobody, server_binary};

/// An attack in Python: raises OSError when it is stopped.
struct Attack {
    name: &'static str,
    code: &'static str,
    /// Layers of which each alone stops it.
    stopped_by: &'static [Layer],
    /// Whether it fails anyway when the server is root, because the code is not.
    needs_same_user: bool,
}

/// The columns of the table.
const COLUMNS: [&[Layer]; 6] = [
    &[],
    &[Landlock],
    &[Seccomp],
    &[Landlock, Seccomp],
    &[Namespaces],
    &[Namespaces, Landlock, Seccomp],
];

const ATTACKS: [Attack; 17] = [
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
        "TCP to the host's loopback",
        "socket.create_connection(('127.0.0.1', PORT), 2)",
        &[Landlock, Seccomp, Namespaces],
    ),
    attack(
        "UDP to the host's loopback",
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.connect(('127.0.0.1', UDP)); s.send(b'?'); s.recv(1)",
        &[Seccomp, Namespaces],
    ),
    attack(
        "a path-named unix socket",
        "socket.socket(socket.AF_UNIX).connect(SOCKET)",
        &[Namespaces],
    ),
    attack(
        "an abstract unix socket",
        r"socket.socket(socket.AF_UNIX).connect('\0' + ABSTRACT)",
        &[Landlock, Namespaces],
    ),
    attack(
        "make a user namespace",
        "call(libc.unshare, 0x10000000)",
        &[Seccomp],
    ),
    attack("trace", "call(libc.ptrace, 0, 0, 0, 0)", &[Seccomp]),
    attack(
        "io_uring",
        "call(libc.syscall, 425, 1, ctypes.create_string_buffer(120))",
        &[Seccomp],
    ),
    attack(
        "a socket to the hypervisor",
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

/// What every attack may use.
const TOOLS: &str = r"
import ctypes, fcntl, os, resource, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
";

#[test]
fn attacks() {
    as_root_and_nobody("attacks::attacks", || {
        let field = Field::new();
        let here = layers_here();
        for layers in COLUMNS {
            if !layers.iter().all(|layer| here.contains(layer)) {
                eprintln!("left out: this machine has no {layers:?}");
                continue;
            }
            let toolbox = Toolbox::new(layers);
            for attack in &ATTACKS {
                field.check(&toolbox, attack);
            }
        }
    });
}

/// The layers that this machine has in full: before ABI 6, Landlock knows nothing of signals and sockets.
fn layers_here() -> Vec<Layer> {
    const FULL: u32 = 6;
    let (plan, report) = probe(&server_binary(), &Toolbox::new(&[]).plan, &[]).unwrap();
    let landlock = (report.layers.iter())
        .find_map(|layer| layer.detail.strip_prefix("Landlock ABI "))
        .and_then(|version| version.parse().ok());
    let in_full =
        |layer: &Layer| *layer != Landlock || landlock.is_some_and(|abi: u32| abi >= FULL);
    plan.layers.into_iter().filter(in_full).collect()
}

/// What is out there to be attacked.
struct Field {
    scratch: Scratch,
    tcp: TcpListener,
    udp: u16,
    /// A thread of this process that is not its first.
    thread: i32,
    _named: UnixListener,
    _abstract: UnixListener,
    is_root: bool,
}

impl Field {
    fn new() -> Self {
        let scratch = Scratch::new();
        let outside = scratch.path().join("outside");
        fs::write(&outside, "seen").unwrap();
        let socket = scratch.path().join("socket");
        let named = UnixListener::bind(&socket).unwrap();
        for path in [&outside, &socket] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
        }
        let name = format!("codecell-{}", std::process::id());
        let hidden =
            UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
        let (udp, thread) = answer_datagrams();
        Self {
            scratch,
            tcp: TcpListener::bind(("127.0.0.1", 0)).unwrap(),
            udp,
            thread,
            _named: named,
            _abstract: hidden,
            is_root: nix::unistd::Uid::effective().is_root(),
        }
    }

    fn check(&self, toolbox: &Toolbox, attack: &Attack) {
        let code = format!(
            "{TOOLS}\nOUTSIDE = {:?}\nSOCKET = {:?}\nABSTRACT = 'codecell-{SERVER}'\nSERVER = {SERVER}\nTHREAD = {}\nPORT = {}\nUDP = {}\ntry:\n    {}\nexcept OSError as error:\n    print('stopped', error)\nelse:\n    print('through')\n",
            self.scratch.path().join("outside"),
            self.scratch.path().join("socket"),
            self.thread,
            self.tcp.local_addr().unwrap().port(),
            self.udp,
            attack.code,
            SERVER = std::process::id(),
        );
        let outcome = toolbox.says(&code);
        let layers = &toolbox.plan.layers;
        let should_stop = (attack.needs_same_user && self.is_root)
            || attack.stopped_by.iter().any(|layer| layers.contains(layer));
        let stopped = outcome.starts_with("stopped");
        assert_eq!(
            stopped, should_stop,
            "'{}' with {layers:?}: {outcome}",
            attack.name
        );
    }
}

/// Sends every datagram back, on the port that it gives, in the thread of this id; ends with the test.
fn answer_datagrams() -> (u16, i32) {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tell.send(nix::unistd::gettid().as_raw()).unwrap();
        let mut datagram = [0; 16];
        while let Ok((size, from)) = socket.recv_from(&mut datagram) {
            let _ = socket.send_to(&datagram[..size], from);
        }
    });
    (port, told.recv().unwrap())
}
