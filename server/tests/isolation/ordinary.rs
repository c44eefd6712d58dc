//! What people do with Python works inside all of the walls.

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};

use crate::toolbox::{Toolbox, as_root_and_nobody, said};

const SETS: [&[Layer]; 2] = [&[Landlock, Seccomp], &[Namespaces, Landlock, Seccomp]];

/// Each line prints its name, if it works.
const ORDINARY: &str = r#"
import asyncio, multiprocessing, os, pty, shutil, subprocess, sys, tempfile, threading, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory

def double(x): return 2 * x

def main():
    with multiprocessing.Pool(2) as pool: assert pool.map(double, [1, 2]) == [2, 4]
    print('pool')
    with ProcessPoolExecutor(2) as pool: assert list(pool.map(double, [3])) == [6]
    print('executor')
    with multiprocessing.Manager() as manager: assert manager.list([1])[0] == 1
    print('manager')
    block = shared_memory.SharedMemory(create=True, size=1 << 20); block.close(); block.unlink()
    print('shared memory')
    threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(20)]
    [t.start() for t in threads]; [t.join() for t in threads]
    print('threads')
    assert subprocess.run(['sh', '-c', 'echo a | cat'], capture_output=True, text=True).stdout == 'a\n'
    assert os.system('test -d /usr') == 0
    print('shell')
    async def talk():
        process = await asyncio.create_subprocess_exec(sys.executable, '-c', 'print(1)', stdout=-1)
        assert (await process.communicate())[0] == b'1\n'
    asyncio.run(talk())
    print('asyncio')
    with tempfile.TemporaryDirectory() as directory: shutil.copytree('.', directory + '/copy')
    shutil.move(shutil.copy(__file__, tempfile.gettempdir() + '/f'), 'moved')
    print('files')
    assert os.cpu_count() >= 1 and time.strftime('%Y') > '2000' and os.urandom(4)
    print('facts')
    if 'own terminals' in sys.argv:
        ends = os.openpty(); assert os.isatty(ends[1])
        pty.spawn(['true'])

if __name__ == '__main__':
    main()
"#;

#[test]
fn ordinary_python_works() {
    as_root_and_nobody("ordinary::ordinary_python_works", || {
        for layers in SETS {
            let toolbox = Toolbox::new(layers);
            toolbox.says(&format!("open('cell.py', 'w').write({ORDINARY:?})"));
            let output = toolbox
                .start_with(&["-I", "cell.py"])
                .wait_with_output()
                .unwrap();
            let words: Vec<String> = said(&output).lines().map(str::to_owned).collect();
            assert_eq!(words.len(), 9, "{layers:?}: {words:?}");
        }
    });
}

#[test]
fn runaway_recursion_ends_at_the_memory_limit() {
    as_root_and_nobody(
        "ordinary::runaway_recursion_ends_at_the_memory_limit",
        || {
            let mut toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
            toolbox.plan.limits.memory = 64 << 20;
            let code = "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\ntry: f()\nexcept MemoryError: sys.exit(7)";
            let status = toolbox.run(code).status;
            // A MemoryError, or a crash of Python's own where it ignores one; never success, never the host's memory.
            assert!(!status.success(), "{status}");
        },
    );
}
