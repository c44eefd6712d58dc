//! A worker that crashes: each crash names its signal or status, on a busy machine, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::Server;

/// Code that ends its process, and what the error says of it.
const CRASHES: [(&str, &str); 9] = [
    ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    ("import os; os.abort()", "SIGABRT"),
    ("import os; os._exit(7)", "status 7"),
    ("import os; os._exit(0)", "status 0"),
    (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "SIGKILL",
    ),
    (
        "import os, signal; os.kill(os.getpid(), signal.SIGBUS)",
        "SIGBUS",
    ),
    (
        "import os, signal; os.kill(os.getpid(), signal.SIGFPE)",
        "SIGFPE",
    ),
    (
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "SIGTERM",
    ),
    ("x = bytearray(200 << 20); import os; os.abort()", "SIGABRT"),
];

/// Keeps every processor busy until it is dropped.
struct Load(Arc<AtomicBool>);

impl Load {
    fn start() -> Self {
        let on = Arc::new(AtomicBool::new(true));
        let count = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..4 * count {
            let on = on.clone();
            std::thread::spawn(move || while on.load(Ordering::Relaxed) {});
        }
        Self(on)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn each_crash_names_its_signal_or_status() {
    let server = Server::start(&[]);
    let contexts = join_all(CRASHES.iter().map(|_| server.create(json!({})))).await;
    let _load = Load::start();
    for _ in 0..2 {
        let crashes = CRASHES
            .iter()
            .zip(&contexts)
            .map(async |((code, name), context)| {
                let outcome = server.run_in(&context.id, code).await;
                assert_eq!(outcome.close.0, 1001, "{code}: {outcome:?}");
                let value = &outcome.errors[0].value;
                assert!(value.contains(name), "{code}: {value}");
            });
        join_all(crashes).await;
    }
}

#[tokio::test]
async fn a_closed_channel_is_told_from_a_crash() {
    let server = Server::start(&[]);
    // It lives on.
    let code = "import os, time\nos.closerange(3, 1000)\nwhile True: time.sleep(60)";
    let outcome = server.run(code).await;
    assert_eq!(outcome.close.0, 1001, "{outcome:?}");
    let value = &outcome.errors[0].value;
    assert!(value.contains("closed its connection"), "{value}");
    // It ends by itself soon after.
    let code = "import os, time\nos.closerange(3, 1000)\ntime.sleep(0.2)\nos._exit(5)";
    let outcome = server.run(code).await;
    let value = &outcome.errors[0].value;
    assert!(value.contains("status 5"), "{value}");
}
