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

use crate::toolbox::{Scratch, Toolbox, as_root_and_nobody};

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

const ATTACKS: [Attack; 14] = [
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
import ctypes, os, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
";

#[test]
fn attacks() {
    as_root_and_nobody("attacks::attacks", || {
        let field = Field::new();
        for layers in COLUMNS {
            let toolbox = Toolbox::new(layers);
            for attack in &ATTACKS {
                field.check(&toolbox, attack);
            }
        }
    });
}

/// What is out there to be attacked.
struct Field {
    scratch: Scratch,
    tcp: TcpListener,
    udp: u16,
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
        Self {
            scratch,
            tcp: TcpListener::bind(("127.0.0.1", 0)).unwrap(),
            udp: answer_datagrams(),
            _named: named,
            _abstract: hidden,
            is_root: nix::unistd::Uid::effective().is_root(),
        }
    }

    fn check(&self, toolbox: &Toolbox, attack: &Attack) {
        let code = format!(
            "{TOOLS}\nOUTSIDE = {:?}\nSOCKET = {:?}\nABSTRACT = 'codecell-{SERVER}'\nSERVER = {SERVER}\nPORT = {}\nUDP = {}\ntry:\n    {}\nexcept OSError as error:\n    print('stopped', error)\nelse:\n    print('through')\n",
            self.scratch.path().join("outside"),
            self.scratch.path().join("socket"),
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

/// Sends every datagram back, on the port that it gives; ends with the test.
fn answer_datagrams() -> u16 {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut datagram = [0; 16];
        while let Ok((size, from)) = socket.recv_from(&mut datagram) {
            let _ = socket.send_to(&datagram[..size], from);
        }
    });
    port
}
