# What a child process prints arrives too, in order.
import subprocess
import sys

print("parent: before")
subprocess.run([sys.executable, "-c", "print('child: hello')"], check=True)
print("parent: between")
subprocess.run("echo 'shell: hello'; uname -sr", shell=True, check=True)
print("parent: after")
