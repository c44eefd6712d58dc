//! `pip install` into the workspace, from a local directory: what `--network host` is mostly for.

use codecell_server::isolation::Layer::{self, Landlock, Namespaces, Seccomp};

use crate::toolbox::{Toolbox, as_root_and_user};

/// Makes a wheel and a source distribution, each with one module, then installs both with pip and
/// imports them in the process that has already failed to.
const INSTALL: &str = r#"
import io, os, subprocess, sys, tarfile, zipfile
sys.path.insert(0, os.environ['CODECELL_PACKAGES'])
for name in ('tiny_wheel', 'tiny_source'):
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    raise AssertionError('it was there already')

META = 'Metadata-Version: 2.1\nName: {0}\nVersion: 1.0\n'
WHEEL = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
BACKEND = '''
import zipfile
def wheel(directory, name):
    file = name + '-1.0-py3-none-any.whl'
    with zipfile.ZipFile(directory + '/' + file, 'w') as archive:
        archive.writestr(name + '.py', 'where = __file__')
        archive.writestr(name + '-1.0.dist-info/METADATA', META.format(name))
        archive.writestr(name + '-1.0.dist-info/WHEEL', WHEEL)
        archive.writestr(name + '-1.0.dist-info/RECORD', '')
    return file
def build_wheel(directory, settings=None, metadata=None):
    return wheel(directory, 'tiny_source')
'''
BACKEND = f'META = {META!r}\nWHEEL = {WHEEL!r}\n' + BACKEND
os.mkdir('index')
space = {}
exec(BACKEND, space)
space['wheel']('index', 'tiny_wheel')
with tarfile.open('index/tiny_source-1.0.tar.gz', 'w:gz') as archive:
    for name, text in {
        'PKG-INFO': META.format('tiny_source'),
        'backend.py': BACKEND,
        'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    }.items():
        entry = tarfile.TarInfo('tiny_source-1.0/' + name)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))

pip = [sys.executable, '-m', 'pip', 'install', '-q', '--no-index', '--find-links', 'index']
done = subprocess.run(pip + ['tiny_wheel', 'tiny_source'], capture_output=True, text=True)
assert done.returncode == 0, done.stderr
import tiny_wheel, tiny_source
packages = os.getcwd() + '/.packages/'
print(tiny_wheel.where == packages + 'tiny_wheel.py', tiny_source.where == packages + 'tiny_source.py', flush=True)
subprocess.run([sys.executable, '-c', 'import tiny_wheel; print("in a child too")'], check=True)
exec(BACKEND.replace('-1.0', '-2.0').replace('nVersion: 1.0', 'nVersion: 2.0').replace('where = __file__', 'version = 2'), space)
space['wheel']('index', 'tiny_wheel')
done = subprocess.run(pip + ['tiny_wheel==2.0'], capture_output=True, text=True)
assert done.returncode == 0, done.stderr
subprocess.run([sys.executable, '-c', 'import tiny_wheel; print("version", tiny_wheel.version)'], check=True)
done = subprocess.run(pip + ['tiny_wheel==3.0'], capture_output=True, text=True)
print(done.returncode, 'No matching distribution found for tiny_wheel==3.0' in done.stderr)
"#;

const SETS: [&[Layer]; 2] = [&[], &[Namespaces, Landlock, Seccomp]];

#[test]
fn what_pip_installs_can_be_imported_at_once() {
    as_root_and_user(
        "packages::what_pip_installs_can_be_imported_at_once",
        || {
            for layers in SETS {
                let mut toolbox = Toolbox::new(layers);
                toolbox.plan.network = true;
                toolbox.plan.limits.file_size = 64 << 20;
                assert_eq!(
                    toolbox.says(INSTALL),
                    "True True\nin a child too\nversion 2\n1 True"
                );
                toolbox.plan.network = false;
                let again = "import os; print('tiny_wheel.py' in os.listdir(os.environ['CODECELL_PACKAGES']))";
                assert_eq!(toolbox.says(again), "True", "gone without the network");
            }
        },
    );
}

#[test]
fn with_the_hosts_network_its_loopback_is_there() {
    as_root_and_user(
        "packages::with_the_hosts_network_its_loopback_is_there",
        || {
            let host = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let mut toolbox = Toolbox::new(&[Namespaces, Landlock, Seccomp]);
            toolbox.plan.network = true;
            let port = host.local_addr().unwrap().port();
            let code = format!(
                "import os, socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\nprint([p for p in ('/etc/resolv.conf', '/etc/hosts', '/etc/ssl') if os.path.exists(p)])"
            );
            let there: Vec<&str> = ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl"]
                .into_iter()
                .filter(|path| *path == "/etc/hosts" || std::path::Path::new(path).exists())
                .collect();
            assert_eq!(toolbox.says(&code), format!("{there:?}").replace('"', "'"));
        },
    );
}
