#!/usr/bin/env bash
# Unpacks the newest Python from Debian's coming release, with the C library that it needs, and prints where its program is:
#
#   python/tests/fetch-newest.sh python3.14 FOLDER
#
# It needs root, and the packages mmdebstrap and patchelf, which it installs.
set -euo pipefail
name=$1 folder=$2 release=forky
program=$folder/usr/bin/$name
# The program names its dynamic linker by its path: in a folder that was moved it does not start.
if [ "$(cat "$folder/fetched" 2>/dev/null)" != "$release $folder" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "only root can fetch it from Debian" >&2
        exit 1
    fi
    echo "Fetching $name from Debian" >&2
    if ! command -v mmdebstrap >/dev/null || ! command -v patchelf >/dev/null; then
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends mmdebstrap patchelf >&2
    fi
    rm -rf "$folder"
    # A mirror's list may be some weeks old. Its signature is checked all the same.
    mmdebstrap --variant=extract --format=directory --aptopt='Acquire::Check-Valid-Until "false"' \
        --include="$name-minimal,lib$name-stdlib" "$release" "$folder" >&2
    # The program uses the dynamic linker and the libraries that were unpacked with it. The older kind of path also applies to
    # the libraries that those libraries need.
    patchelf --set-interpreter "$folder/usr$(patchelf --print-interpreter "$program")" \
        --force-rpath --set-rpath "\$ORIGIN/../lib/$(uname -m)-linux-gnu" "$program"
    echo "$release $folder" >"$folder/fetched"
fi
echo "$program"
