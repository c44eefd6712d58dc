#!/usr/bin/env bash
# The toolbox's tests on an emulated aarch64 machine with a kernel of its own, because the isolation layers are the kernel's:
#
#   tests/aarch64/run.sh
#
# It takes most of an hour on two processors, so no suite runs it. It needs Debian 12 or newer, and these packages:
#
#   apt-get install qemu-system-arm mmdebstrap gcc-aarch64-linux-gnu libc6-dev-arm64-cross debian-archive-keyring cpio jq
#   rustup target add aarch64-unknown-linux-gnu
#
# The machine has no disk and no network. The kernel unpacks one archive into memory: Debian's packages, extracted but not set
# up, and the programs of tests. What the machine prints comes over its serial line. The kernel has pages of 16 KiB, as a
# Raspberry Pi 5 has them: those of 4 KiB are tested everywhere else.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/aarch64
target=aarch64-unknown-linux-gnu
work=$(cargo metadata --no-deps --format-version 1 | jq -r .target_directory)/aarch64
# Its C library must not be older than the one that the programs are linked with.
release=trixie
packages=base-files,bash,busybox-static,ca-certificates,dash,kmod,libc-bin,libgcc-s1,linux-image-arm64-16k,python3,python3-pip,python3-venv
# Left out: an emulator is too slow for them, and they test little that depends on the processor.
skip='--skip complete_output::two_hundred_contexts_print_at_once --skip limits::memory --skip overdue::a_timeout_while_a_thread_writes'

mkdir -p "$work"
if [ "$(cat "$work/fetched" 2>/dev/null)" != "$release $packages" ]; then
    echo "Fetching Debian's packages for the machine"
    mmdebstrap --variant=extract --architectures=arm64 --include="$packages" \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/lib/modules/*' \
        --dpkgopt='path-include=/usr/lib/modules/*/kernel/net/vmw_vsock/*' "$release" "$work/system.tar"
    mkdir -p "$work/boot"
    tar -xf "$work/system.tar" -C "$work/boot" ./boot ./usr/bin/busybox
    echo "$release $packages" > "$work/fetched"
fi

echo "Compiling the toolbox and its tests for $target"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# One line for each program: its path, and the name of the tests in it. The toolbox itself has none.
cargo test --no-run --package codecell-server --target "$target" --profile emulated --message-format=json-render-diagnostics |
    jq -r 'select(.executable) | select((.target.kind[0] == "bin") != .profile.test)
        | "\(.executable) \(if .profile.test then .target.name else "" end)"' > "$work/programs"

root=$work/root
rm -rf "$root"
mkdir -p "$root/added"
cp "$here/init.sh" "$root/init"
cp "$work/boot/usr/bin/busybox" "$root/busybox"
ln "$work/system.tar" "$root/system.tar"
cp "$here/start.sh" "$root/added/start.sh"
while read -r program tests; do
    mkdir -p "$root/added$(dirname "$program")"
    cp "$program" "$root/added$program"
    case $tests in
        '') ;;
        # As root, they run a second time as nobody by themselves.
        isolation) echo "run root $tests '$program'" ;;
        # As a person. One at a time: in parallel, a test would wait too long for what the others keep busy.
        *) echo "run person $tests '$program $skip --test-threads 1'" ;;
    esac
done < "$work/programs" > "$root/added/tests.sh"
chmod -R a+rX "$root"
(cd "$root" && find . -mindepth 1 | cpio --quiet --create --format=newc --owner=0:0) > "$work/memory.cpio"

# Pointer authentication, which newer processors have, is slow to emulate. A kernel panic ends the machine.
timeout 60m qemu-system-aarch64 -machine virt -accel tcg,thread=multi -cpu cortex-a76 -m 3G \
    -smp "$(($(nproc) < 4 ? $(nproc) : 4))" -nodefaults -display none -serial stdio -no-reboot \
    -kernel "$work"/boot/boot/vmlinuz-* -initrd "$work/memory.cpio" \
    -append 'console=ttyAMA0 rdinit=/init panic=-1 loglevel=4' | tee "$work/printed"
rm "$work/memory.cpio"

tr -d '\r' < "$work/printed" | awk '
    /^test result: / { split($0, word, /[ ;.]+/); for (i in word) { if (word[i] == "passed") passed += word[i - 1]; if (word[i] == "failed") failed += word[i - 1] } }
    /^codecell: .* ended with / { programs++; if ($NF != 0) bad++ }
    /^codecell: done$/ { done = 1 }
    END {
        if (!done) { print "The machine ended before its tests did."; failed++ }
        if (bad && !failed) failed += bad
        if (!programs || !passed) { print "No test ran."; failed++ }
        printf "%d passed, %d failed, 3 skipped\n", passed, failed
        exit failed > 0
    }'
