# Makes a system of the unpacked packages, none of which was set up; then does what run.sh has written to /tests.sh.
export PATH=/usr/local/bin:/usr/bin:/usr/sbin HOME=/root
mount() { busybox mount -t "$@"; }
mount proc proc /proc
mount sysfs sys /sys
mount devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /etc/ssl/certs
mount devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount tmpfs -o mode=1777 shm /dev/shm
busybox ip link set lo up
echo '127.0.0.1 localhost' > /etc/hosts
cat /usr/share/ca-certificates/mozilla/*.crt > /etc/ssl/certs/ca-certificates.crt
printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'person:x:1000:1000::/home/person:/bin/sh' 'nobody:x:65534:65534::/:/bin/sh' > /etc/passwd
printf '%s\n' 'root:x:0:' 'person:x:1000:' 'nogroup:x:65534:' > /etc/group
busybox install -d -o 1000 -g 1000 /home/person
# What the attack on the hypervisor's socket goes through when nothing stops it.
insmod /lib/modules/*/kernel/net/vmw_vsock/vsock.ko*
# Compiles what the tests import: in them, nobody may keep it.
python3 -c 'import asyncio, ctypes, getpass, inspect, json, mmap, multiprocessing.shared_memory, pickle, pty, resource, site
import shutil, socket, sqlite3, ssl, subprocess, tarfile, tempfile, traceback, zipfile'
python3 -m pip install --help > /dev/null

# Runs a program of tests as a user, and says how it ended.
run() {
    echo "codecell: $2 begins"
    busybox su "$1" -c "$3"
    echo "codecell: $2 ended with $?"
}
uname -srm
. /tests.sh
echo 'codecell: done'
busybox poweroff -f
