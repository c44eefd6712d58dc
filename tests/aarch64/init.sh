#!/busybox sh
# The first program of the emulated machine. A process in the root directory that the kernel starts with can't leave it
# by pivot_root, as the toolbox does: everything moves to a tmpfs, which becomes the root directory.
set -e
/busybox mkdir /system
/busybox mount -t tmpfs -o mode=755,size=90% root /system
/busybox tar -x -f /system.tar -C /system
/busybox cp -a /added/. /system/
exec /busybox switch_root /system /bin/sh /start.sh
