import json
import marshal
import os
import sys

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
    programs[name] = marshal.dumps(compile(source, path, "exec", dont_inherit=True, optimize=2))
print(json.dumps(about), flush=True)
sys.stdout.buffer.write(marshal.dumps(programs))
