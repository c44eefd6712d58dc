//! Threads that outlive the run that started them: what they do for a later run is that run's, the rest nobody's.

use crate::harness::{Server, assert_same};

#[tokio::test]
async fn an_executor_kept_across_cells_is_heard_in_each() {
    let server = Server::start(&[]);
    let made = "
import asyncio
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import Pool, ThreadPool
executor, threads, processes = ThreadPoolExecutor(1), ThreadPool(1), Pool(1)
await asyncio.to_thread(print, 'made')
";
    assert_eq!(server.run(made).await.success(), "made\n");
    let first = server.run("executor.submit(print, 1).result(); threads.map(print, [2])");
    assert_eq!(first.await.success(), "1\n2\n");
    for (code, printed) in [
        ("await asyncio.to_thread(print, 'to thread')", "to thread\n"),
        ("executor.submit(print, 'submit').result()", "submit\n"),
        ("list(executor.map(print, ['map']))", "map\n"),
        ("threads.map(print, ['pool'])", "pool\n"),
        ("list(threads.imap(print, ['imap']))", "imap\n"),
        ("threads.apply(print, ['apply'])", "apply\n"),
        ("threads.starmap(print, [('star', 'map')])", "star map\n"),
        (
            // Once `result.get` is back the callback may yet run; the next result comes after it.
            "processes.apply_async(abs, [-3], callback=print); processes.apply(abs, [0])",
            "3\n",
        ),
    ] {
        assert_eq!(server.run(code).await.success(), printed, "{code}");
    }
}

#[tokio::test]
async fn what_an_earlier_run_submitted_is_not_heard_in_a_later_one() {
    let server = Server::start(&[]);
    let submits = "
import threading, time
from concurrent.futures import ThreadPoolExecutor
executor, go = ThreadPoolExecutor(1), threading.Event()
executor.submit(lambda: (go.wait(), print('late')))
";
    server.run(submits).await.success();
    let later = "go.set(); executor.submit(print, 'mine').result()";
    assert_same(&server.run(later).await.success(), "mine\n");
}

#[tokio::test]
async fn a_late_thread_gets_into_no_other_run_by_any_way() {
    let server = Server::start(&[]);
    let ways = [
        "sys.stdout.buffer.write(b'late\\n')",
        "sys.stdout.buffer.raw.write(b'late\\n')",
        "sys.stderr.buffer.write(b'late\\n')",
        "os.write(1, b'late\\n')",
        "os.write(2, b'late\\n')",
        "print('late', flush=True)",
        "sys.stdout.flush()",
        "sys.stdout.buffer.flush()",
    ];
    for way in ways {
        let code = format!(
            "import os, sys, threading\ngo, done = threading.Event(), threading.Event()\ndef late():\n    go.wait(); {way}; done.set()\nthread = threading.Thread(target=late); thread.start()"
        );
        server.run(&code).await.success();
        let later = "print('mine', end=' ')\ngo.set(); done.wait()\nprint('too')\nthread.join()";
        let outcome = server.run(later).await;
        assert_eq!(outcome.stderr, "", "{way}");
        assert_eq!(outcome.success(), "mine too\n", "{way}");
    }
}
