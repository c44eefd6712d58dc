//! Code that breaks what the worker itself uses: an error or nothing, and the variables stay.

use crate::harness::Server;

/// Code, and the error's name, or nothing where there is none.
const ROWS: [(&str, &str); 27] = [
    ("sys.stdout.detach()", ""),
    (
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8')",
        "",
    ),
    ("sys.stderr.detach()", ""),
    (
        "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')",
        "",
    ),
    (
        "sys.stderr = io.TextIOWrapper(sys.stderr.buffer, encoding='utf-8')",
        "",
    ),
    (
        "sys.stdout = io.TextIOWrapper(io.BufferedWriter(sys.stdout.buffer.raw))",
        "",
    ),
    (
        "out = io.TextIOWrapper(sys.stdout.buffer)\nout.itself = out\ndel out\nimport gc\ngc.collect()\nprint(end='')",
        "",
    ),
    ("with sys.stdout: pass\nprint()", "ValueError"),
    ("sys.stdout.close()", ""),
    ("os.close(1)\nsys.stdout.close()", ""),
    (
        "os.close(2)\nos.open('/', os.O_RDONLY)\nsys.stderr.close()",
        "",
    ),
    ("sys.stdout.buffer.raw.close()", ""),
    (
        "class W:\n    def __eq__(self, other): 1 / 0\nsys.stdout.flush = W()",
        "",
    ),
    (
        "sys.stdout.write = sys.stderr.write\ndel sys.stdout.write\nprint(end='')",
        "",
    ),
    ("del sys.stdout", ""),
    ("del sys.stderr", ""),
    ("del sys.stdin", ""),
    (
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
        "E",
    ),
    (
        "class E(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise E",
        "E",
    ),
    (
        "class X:\n    def __eq__(self, other): 1 / 0\nraise SystemExit(X())",
        "SystemExit",
    ),
    (
        "class E(SystemExit):\n    code = property(lambda self: 1 / 0)\nraise E",
        "E",
    ),
    (
        "def leave(): raise SystemExit\nsys.stdout.flush = leave",
        "",
    ),
    (
        "class Out:\n    def flush(self): raise SystemExit\nsys.stdout = Out()",
        "",
    ),
    (
        "class M(type):\n    __name__ = property(lambda self: 1 / 0)\nclass E(Exception, metaclass=M): pass\nraise E",
        "E",
    ),
    (
        "class S(str):\n    def replace(self, *_): 1 / 0\nclass E(Exception):\n    def __str__(self): return S()\nraise E",
        "E",
    ),
    (
        "class E(Exception):\n    __class__ = property(lambda self: 1 / 0)\nraise E",
        "E",
    ),
    ("sys.exit(False)", ""),
];

#[tokio::test]
async fn code_that_breaks_the_worker_breaks_only_its_own_run() {
    let server = Server::start(&[]);
    server
        .run("import io, os, sys\nkept = 'kept'")
        .await
        .success();
    for (code, error) in ROWS {
        let outcome = server.run(code).await;
        if error.is_empty() {
            assert_eq!(outcome.errors, [], "{code}");
        } else {
            outcome.error(error);
        }
        let after = server
            .run("print(kept)\nprint('err', file=sys.stderr)\nprint(end='end')")
            .await;
        assert_eq!(after.stderr, "err\n", "{code}");
        assert_eq!(after.success(), "kept\nend", "{code}");
    }
}

#[tokio::test]
async fn a_stream_over_the_detached_buffer_is_shown() {
    let server = Server::start(&[]);
    let code = "
import io, sys
sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8', line_buffering=True)
print('new')
print('err', file=sys.stderr)
sys.stderr = io.TextIOWrapper(sys.stderr.detach(), encoding='utf-8')
print('own', file=sys.stderr)
print('half', end='')
";
    let outcome = server.run(code).await;
    assert_eq!(outcome.stderr, "err\nown\n");
    assert_eq!(outcome.success(), "new\nhalf");
    assert_eq!(server.run("print('next')").await.success(), "next\n");
}
