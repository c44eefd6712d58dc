import json
import marshal
import os
import sys

try:
    from zlib import compress
except ImportError:  # a Python without it
    compress = None

modules = json.load(sys.stdin.buffer)
about = {
    "version": "%d.%d.%d" % sys.version_info[:3],
    "minor": list(sys.version_info[:2]),
    "executable": os.path.abspath(sys.executable),
    "prefix": sys.prefix,
}
programs = {}
for path, source in modules:
    name = path[:-3].replace("/__init__", "").replace("/", ".")
    program = marshal.dumps(compile(source, path, "exec", dont_inherit=True, optimize=2))
    # Most contexts never load these, and each holds them.
    if compress is not None and name.startswith("codecell.results"):
        program = b"z" + compress(program, 9)
    programs[name] = program
print(json.dumps(about), flush=True)
sys.stdout.buffer.write(marshal.dumps(programs))
