//! What child processes print, and when it is there.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::Server;

/// A program that prints, waits for a file, and prints again.
const WAITS: &str = "print('first')
import os, time
while not os.path.exists('go'): time.sleep(0.01)
print('last')";

#[tokio::test]
async fn a_child_shows_a_line_when_it_prints_it() {
    let server = Server::start(&[]);
    let contexts = join_all((0..2).map(|_| server.create(json!({})))).await;
    let starts = [
        "import subprocess, sys\nsubprocess.run([sys.executable, 'waits.py'], check=True)",
        "import os, sys\nassert os.system(sys.executable + ' waits.py') == 0",
        "import multiprocessing as m, runpy\np = m.get_context('spawn').Process(target=runpy.run_path, args=('waits.py',))\np.start(); p.join()",
    ];
    let write = format!("open('waits.py', 'w').write({WAITS:?})");
    server.run(&write).await.success();
    for start in starts {
        let request = json!({"code": start, "contextId": contexts[0].id});
        let mut socket = server.send(request).await;
        let seen = socket.until("first\n").await;
        assert!(!seen.contains("last"), "{start}: {seen}");
        let go = "open('go', 'w').close()";
        server.run_in(&contexts[1].id, go).await.success();
        let seen = socket.until("last\n").await;
        assert_eq!(seen, "last\n", "{start}");
        assert_eq!(socket.outcome().await.controls, ["completed"]);
        let stop = "import os\nos.remove('go')";
        server.run_in(&contexts[1].id, stop).await.success();
    }
}

#[tokio::test]
async fn what_a_child_has_printed_is_there_when_it_is_killed() {
    let server = Server::start(&[]);
    let code = "import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', \"print('begun'); import time; time.sleep(600)\"], stdout=-1)
line = child.stdout.readline()
child.kill()
print(line, child.stdout.read(), child.wait())";
    assert_eq!(server.run(code).await.success(), "b'begun\\n' b'' -9\n");
}
