#!/bin/sh
# The long tests: other systems, a boot, a container. Root's; not part of ./run.sh test. Each says its time.
#
#   sudo tests/machines.sh           all of them
#   sudo tests/machines.sh boot      those whose name has this word: debian, package, arm, image
#
# KIOSK_ROOTS=FOLDER keeps the systems for the next run.
set -eu
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd -P)
cd "$here"
word=${1:-} failed=''
[ "$(id -u)" = 0 ] || {
    echo "sudo tests/machines.sh" >&2
    exit 1
}
wanted=''
for pair in debootstrap:debootstrap systemd-nspawn:systemd-container podman:podman mkfs.vfat:dosfstools crun:crun \
    mmdebstrap:mmdebstrap arch-test:arch-test mcopy:mtools sfdisk:fdisk qemu-aarch64-static:qemu-user-static update-binfmts:binfmt-support \
    qemu-system-aarch64:qemu-system-arm; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair%%:*}" ] || wanted="$wanted ${pair##*:}"
done
[ -z "$wanted" ] || {
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $wanted >/dev/null
}
# A Raspberry Pi's programs run by an emulator that the kernel calls.
[ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || [ "$(uname -m)" = aarch64 ] || update-binfmts --enable qemu-aarch64
./run.sh test --collect-only -q tests/machines/test_package.py >/dev/null
for file in tests/machines/test_package.py tests/machines/long_*.py; do
    case $file in *"$word"*) ;; *) continue ;; esac
    start=$(date +%s)
    if .venv/bin/python -m pytest -q -p no:cacheprovider "$file"; then how=passed; else
        how=FAILED failed="$failed $file"
    fi
    printf '%s\t%s s\t%s\n' "$file" "$(($(date +%s) - start))" "$how"
done
[ -z "$failed" ] || exit 1
