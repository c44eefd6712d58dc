//! Threads that outlive the run that started them: what they do for a later run is that run's, the rest nobody's.

use crate::harness::{Server, assert_same, pythons};

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

/// An event loop in a thread of its own, as libraries keep one.
const LOOP: &str = "
import asyncio, threading
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
async def say(word, *after):
    for wait in after: await wait()
    await asyncio.sleep(0.001)
    print(word)
    await asyncio.gather(*[loop.create_task(asyncio.to_thread(print, word, 'too'))])
ask = lambda *given: asyncio.run_coroutine_threadsafe(say(*given), loop)
ask('first').result()
";

#[tokio::test]
async fn an_event_loop_kept_across_cells_is_heard_in_each() {
    for python in pythons() {
        let program = python.display().to_string();
        let server = Server::start(&["--python", &program]);
        let first = server.run(LOOP).await.success();
        assert_eq!(first, "first\nfirst too\n", "{program}");
        for code in [
            "ask('again').result()",
            "await asyncio.wrap_future(ask('again'))",
        ] {
            let printed = server.run(code).await.success();
            assert_eq!(printed, "again\nagain too\n", "{program}: {code}");
        }
    }
}

#[tokio::test]
async fn what_an_earlier_run_asked_a_loop_for_is_not_heard_in_a_later_one() {
    let server = Server::start(&[]);
    server.run(LOOP).await.success();
    let asks = "go = asyncio.Event()\nlate = ask('late', go.wait)";
    server.run(asks).await.success();
    let later = "loop.call_soon_threadsafe(go.set)\nlate.result()\nask('mine').result()";
    assert_same(&server.run(later).await.success(), "mine\nmine too\n");
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
