//! What code in the workspace tries with links, so that the toolbox reads or writes elsewhere.

use serde_json::json;

use super::parsed;
use crate::harness::Server;
use crate::levels::servers;
use crate::machine::{Scratch, memory, peak_memory};

/// What code puts into the workspace to reach out of it, or to hold the toolbox up.
const TRAPS: &str = r"
import os, socket
os.symlink('/etc/passwd', 'absolute')
os.symlink('../../../../../../etc/passwd', 'relative')
os.symlink('/etc', 'etc')
os.symlink('/proc/self/root/etc', 'root')
os.symlink('/proc/self/fd/0', 'descriptor')
os.symlink('loop', 'loop')
os.symlink('..', 'up')
for make in (lambda: os.mkfifo('fifo'), lambda: os.mknod('device', 0o600 | 0o020000, os.makedev(1, 5))):
    try: make()
    except OSError: pass
try:
    server = socket.socket(socket.AF_UNIX); server.bind('socket')
except OSError: pass
";

#[tokio::test(flavor = "multi_thread")]
async fn no_link_of_the_codes_leads_out() {
    for (level, server, _binary) in servers() {
        server.run(TRAPS).await.success();
        for path in [
            "absolute",
            "relative",
            "etc/passwd",
            "root/passwd",
            "descriptor",
            "loop",
            "up/../../etc/passwd",
            "fifo",
            "device",
            "socket",
            "/etc/passwd",
            "/proc/self/environ",
            "../../../../etc/passwd",
            "./../../etc/passwd",
            "a\0b",
            "",
        ] {
            let query = [("path", path)];
            let get = server.status_of("GET", "/download", &query).await;
            assert!(matches!(get, 400 | 403 | 404), "{level:?} {path:?}: {get}");
            if !matches!(path, "fifo" | "device" | "socket") {
                let info = server.status_of("GET", "/info", &query).await;
                assert!(
                    matches!(info, 400 | 403 | 404),
                    "{level:?} {path:?}: {info}"
                );
            }
        }
        for path in ["etc", "root", "up", "up/..", "/", ".."] {
            let list = server.status_of("GET", "", &[("path", path)]).await;
            assert!(matches!(list, 400 | 403 | 404), "{level:?} {path}: {list}");
            let found = server
                .status_of("GET", "/find", &[("path", path), ("pattern", "root")])
                .await;
            assert!(
                matches!(found, 400 | 403 | 404),
                "{level:?} {path}: {found}"
            );
        }
        for path in [
            "etc/codecell",
            "root/codecell",
            "up/../codecell",
            "/etc/codecell",
            "/codecell",
            "etc/new/codecell",
        ] {
            let put = server.upload(path, b"x").await.0;
            assert!(matches!(put, 400 | 403 | 404), "{level:?} {path}: {put}");
            let made = server.status_of("POST", "/folder", &[("path", path)]).await;
            assert!(matches!(made, 400 | 403 | 404), "{level:?} {path}: {made}");
            let moved = server
                .status_of(
                    "POST",
                    "/move",
                    &[("source", "loop"), ("destination", path)],
                )
                .await;
            assert!(
                matches!(moved, 400 | 403 | 404),
                "{level:?} {path}: {moved}"
            );
        }
        assert_eq!(
            server
                .status_of(
                    "POST",
                    "/permissions",
                    &[("path", "absolute"), ("mode", "0777")]
                )
                .await,
            403
        );
        // An upload replaces a link, never what it leads to; removal removes the link.
        assert_eq!(server.upload("absolute", b"mine").await.0, 200);
        assert_eq!(
            server
                .run("import os; print(os.path.islink('absolute'), open('absolute').read())")
                .await
                .success(),
            "False mine\n"
        );
        assert_eq!(
            server
                .status_of("DELETE", "", &[("path", "etc"), ("recursive", "true")])
                .await,
            204
        );
        assert!(std::path::Path::new("/etc/passwd").exists());
        let (_, _, found) = server
            .files("GET", "/find", &[("path", "."), ("pattern", "root:")])
            .await;
        assert_eq!(parsed(&found), json!([]), "links are not followed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_swapped_meanwhile_leads_nowhere() {
    let server = Server::start(&[]);
    let swaps = "import ctypes, os\nlibc = ctypes.CDLL(None)\nos.mkdir('way'); open('way/passwd', 'w').write('inside')\n\
                 os.symlink('/etc', 'outside')\nprint('go', flush=True)\n\
                 while not os.path.exists('enough'): libc.renameat2(-100, b'way', -100, b'outside', 2)";
    let mut run = server.send(json!({ "code": swaps })).await;
    run.until("go").await;
    let mut seen = 0;
    for _ in 0..300 {
        let (status, _, body) = server
            .files("GET", "/download", &[("path", "way/passwd")])
            .await;
        match status {
            200 => {
                assert_eq!(body, "inside");
                seen += 1;
            }
            status => assert!(matches!(status, 400 | 403 | 404), "{status}: {body}"),
        }
        let put = server.upload("way/codecell-test", b"x").await.0;
        assert!(matches!(put, 200 | 400 | 403 | 404), "{put}");
    }
    assert!(seen > 0);
    server.upload("enough", b"").await;
    run.outcome().await.success();
    assert!(!std::path::Path::new("/etc/codecell-test").exists());
}

/// A file outside that only its owner may read, and a link to it.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_over_a_link_tells_nothing_of_what_it_leads_to() {
    use std::os::unix::fs::PermissionsExt;

    let outside = Scratch::new();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "x").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o604)).unwrap();
    for (level, server, _binary) in servers() {
        let plant = format!("import os; os.symlink({secret:?}, 'planted')");
        server.run(&plant).await.success();
        assert_eq!(server.upload("planted", b"mine").await.0, 200);
        let mode = server
            .run("import os; print(oct(os.stat('planted').st_mode & 0o777))")
            .await;
        assert_eq!(mode.success(), "0o644\n", "{level}");
    }
}

/// Few files, each with a path of 16 KiB.
const LONG_PATHS: &str = "
import os
for _ in range(62):
    os.mkdir('d' * 250); os.chdir('d' * 250)
for number in range(3000): os.close(os.open('f' * 240 + str(number), os.O_CREAT))
";

#[tokio::test(flavor = "multi_thread")]
async fn long_paths_fill_no_answer() {
    let server = Server::start(&[]);
    server.run(LONG_PATHS).await.success();
    let before = memory(server.child.id());
    for (path, query) in [
        ("/search", [("path", "."), ("pattern", "*")]),
        ("", [("path", "."), ("depth", "64")]),
    ] {
        let (status, _, body) = server.files("GET", path, &query).await;
        assert_eq!(status, 400, "{path}");
        assert!(body.contains("bytes of paths"), "{body}");
    }
    let peak = peak_memory(server.child.id());
    assert!(peak < before + (128 << 20), "{before}, then {peak}");
}
