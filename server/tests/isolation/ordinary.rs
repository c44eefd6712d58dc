//! What people do with Python works inside all of the walls.

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};

use crate::toolbox::{Toolbox, as_root_and_user, said};

const SETS: [&[Layer]; 2] = [&[Landlock, Seccomp], &[Namespaces, Landlock, Seccomp]];

/// Each line prints its name, if it works.
const ORDINARY: &str = r#"
import asyncio, multiprocessing, os, pty, shutil, subprocess, sys, tarfile, tempfile, threading, time, zipfile
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
    with tempfile.TemporaryDirectory() as directory:
        source = directory + '/large'
        open(source, 'wb').write(bytes(900_000)); os.chmod(source, 0o755); os.utime(source, (10**9, 10**9))
        assert os.stat(shutil.copy2(source, directory + '/copy')).st_mtime == 10**9
        with tarfile.open(directory + '/a.tar.gz', 'w:gz') as tar: tar.add(source, 'inside')
        with tarfile.open(directory + '/a.tar.gz') as tar: tar.extractall(directory + '/out')
        made = os.stat(directory + '/out/inside'); assert made.st_mtime == 10**9 and made.st_mode & 0o777 == 0o755
        shutil.make_archive(directory + '/b', 'zip', directory + '/out'); shutil.unpack_archive(directory + '/b.zip', directory + '/in')
        assert subprocess.run(['cp', '-a', source, directory + '/again']).returncode == 0
        assert subprocess.run(f'tar xzf a.tar.gz && test -s inside', shell=True, cwd=directory).returncode == 0
        os.fchmod(os.open(source, os.O_RDONLY), 0o600); os.chmod(directory, 0o2700)
    print('archives')
    os.setpriority(os.PRIO_PROCESS, 0, os.nice(1)); os.setpriority(os.PRIO_PROCESS, os.getpid(), os.nice(0))
    os.sched_setaffinity(0, os.sched_getaffinity(0)); os.sched_setaffinity(os.getpid(), os.sched_getaffinity(0))
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    print('own priority')
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
    as_root_and_user("ordinary::ordinary_python_works", || {
        for layers in SETS {
            let toolbox = Toolbox::new(layers);
            toolbox.says(&format!("open('cell.py', 'w').write({ORDINARY:?})"));
            let output = toolbox
                .start_with(&["-I", "cell.py"])
                .wait_with_output()
                .unwrap();
            let words: Vec<String> = said(&output).lines().map(str::to_owned).collect();
            assert_eq!(words.len(), 11, "{layers:?}: {words:?}");
        }
    });
}

#[test]
fn priority_is_changed_of_ones_own_processes_only() {
    as_root_and_user(
        "ordinary::priority_is_changed_of_ones_own_processes_only",
        || {
            let code = r"
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
number = {'x86_64': 251, 'aarch64': 30}[os.uname().machine]
def ioprio(*arguments):
    if libc.syscall(number, *arguments) < 0: raise OSError(ctypes.get_errno(), '')
nobodys = 2000000000
for attempt in (
    lambda: os.setpriority(os.PRIO_USER, nobodys, 19),
    lambda: os.setpriority(os.PRIO_USER, 0, os.getpriority(os.PRIO_USER, 0)),
    lambda: os.setpriority(os.PRIO_PGRP, 1, 19),
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.sched_setparam(1, os.sched_param(0)),
    lambda: ioprio(3, nobodys, 0),
    lambda: ioprio(2, 1, 0),
):
    try: attempt(); print('through')
    except PermissionError: pass
print('done')
";
            assert_eq!(Toolbox::new(&[Landlock, Seccomp]).says(code), "done");
        },
    );
}

#[test]
fn runaway_recursion_ends_at_the_memory_limit() {
    as_root_and_user(
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
