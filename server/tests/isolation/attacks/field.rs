//! What is out there to be attacked.

use std::ffi::CString;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;

use nix::libc;

use codecell_server::isolation::Layer::Landlock;

use super::list::{ATTACKS, SOCKETS_ABI};
use crate::toolbox::{Scratch, Toolbox};

/// What every attack may use.
const TOOLS: &str = r"
import ctypes, fcntl, json, os, resource, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
NUMBER = {
    'x86_64': dict(ioprio_set=251, move_pages=279, io_setup=206),
    'aarch64': dict(ioprio_set=30, move_pages=239, io_setup=0),
}[os.uname().machine]
def call(function, *arguments):
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
for attack in ATTACKS:
    try:
        exec(attack)
    except OSError as error:
        print('stopped', error)
    else:
        print('through')
";

/// Files, sockets, memory and a queue that are not the code's business.
pub struct Field {
    scratch: Scratch,
    tcp: TcpListener,
    udp: u16,
    /// A thread of this process that is not its first.
    thread: i32,
    shared: PathBuf,
    segment: i32,
    queue: CString,
    _named: UnixListener,
    _abstract: UnixListener,
    is_root: bool,
}

impl Field {
    pub fn new() -> Self {
        let scratch = Scratch::new();
        let outside = scratch.path().join("outside");
        fs::write(&outside, "seen").unwrap();
        let socket = scratch.path().join("socket");
        let named = UnixListener::bind(&socket).unwrap();
        let name = format!("codecell-{}", std::process::id());
        let shared = PathBuf::from(format!("/dev/shm/{name}"));
        fs::write(&shared, "seen").unwrap();
        for path in [&outside, &socket, &shared] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
        }
        let queue = CString::new(format!("/{name}")).unwrap();
        // SAFETY: the name ends with NUL; without attributes, the last argument is a null pointer.
        let opened = unsafe {
            let nothing: *const libc::c_void = std::ptr::null();
            libc::mq_open(queue.as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o644, nothing)
        };
        assert!(opened >= 0, "{}", std::io::Error::last_os_error());
        // SAFETY: a new segment; nothing is attached.
        let segment = unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, libc::IPC_CREAT | 0o666) };
        assert!(segment >= 0, "{}", std::io::Error::last_os_error());
        let hidden =
            UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
        let (udp, thread) = answer_datagrams();
        Self {
            scratch,
            tcp: TcpListener::bind(("127.0.0.1", 0)).unwrap(),
            udp,
            thread,
            shared,
            segment,
            queue,
            _named: named,
            _abstract: hidden,
            is_root: nix::unistd::Uid::effective().is_root(),
        }
    }

    /// Tries every attack; whether each was stopped, which must be as the list says.
    pub fn attack(&self, toolbox: &Toolbox, abi: u32) -> Vec<bool> {
        let attacks: Vec<_> = ATTACKS.iter().map(|attack| attack.code).collect();
        let code = format!(
            "OUTSIDE = {:?}\nSOCKET = {:?}\nABSTRACT = 'codecell-{SERVER}'\nSERVER = {SERVER}\nTHREAD = {}\nPORT = {}\n\
             UDP = {}\nSHARED = {:?}\nSEGMENT = {}\nQUEUE = {:?}\nATTACKS = {}\n{TOOLS}",
            self.scratch.path().join("outside"),
            self.scratch.path().join("socket"),
            self.thread,
            self.tcp.local_addr().unwrap().port(),
            self.udp,
            self.shared,
            self.segment,
            self.queue,
            serde_json::to_string(&attacks).unwrap(),
            SERVER = std::process::id(),
        );
        let said = toolbox.says(&code);
        let outcomes: Vec<&str> = said.lines().collect();
        assert_eq!(outcomes.len(), ATTACKS.len(), "{said}");
        let layers = &toolbox.plan.layers;
        for (attack, outcome) in ATTACKS.iter().zip(&outcomes) {
            let should_stop = (attack.needs_same_user && self.is_root)
                || attack.stopped_by.iter().any(|layer| layers.contains(layer))
                || (attack.code.contains("connect(SOCKET)")
                    && abi >= SOCKETS_ABI
                    && layers.contains(&Landlock));
            assert_eq!(
                outcome.starts_with("stopped"),
                should_stop,
                "'{}' with {layers:?}: {outcome}",
                attack.name
            );
        }
        outcomes
            .iter()
            .map(|outcome| outcome.starts_with("stopped"))
            .collect()
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.shared);
        // SAFETY: the name ends with NUL.
        unsafe { libc::mq_unlink(self.queue.as_ptr()) };
        // SAFETY: to remove a segment takes no structure.
        unsafe { libc::shmctl(self.segment, libc::IPC_RMID, std::ptr::null_mut()) };
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
