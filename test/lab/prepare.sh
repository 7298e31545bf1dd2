#!/bin/sh
# Installs what the lab needs on this machine (Debian or Ubuntu, as root or through sudo).
# Quick when everything is there already, so CI and people may call it every time.
set -eu

# command:package pairs; a command that answers means its package need not be installed
needed='
qemu-system-x86_64:qemu-system-x86
qemu-img:qemu-utils
mmdebstrap:mmdebstrap
mke2fs:e2fsprogs
ssh:openssh-client
ssh-keygen:openssh-client
flock:util-linux
setpriv:util-linux
gzip:gzip
xz:xz-utils
'

missing=''
for pair in $needed; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
# SeaBIOS comes with qemu-system-x86 only as a dependency that some images leave out
[ -e /usr/share/seabios/bios-256k.bin ] || [ -e /usr/share/qemu/bios-256k.bin ] || missing="$missing seabios"
# without these qemu has no linuxboot ROM for -kernel
[ -e /usr/share/qemu/linuxboot_dma.bin ] || missing="$missing qemu-system-data"
# mmdebstrap checks signatures against Debian's own keys; Ubuntu does not carry them by default
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"

if [ -z "$missing" ]; then
  echo 'lab: everything is installed'
  exit 0
fi

sudo=''
if [ "$(id -u)" -ne 0 ]; then
  sudo='sudo -n'
  $sudo true || { echo 'lab: run this as root, or allow sudo without a password' >&2; exit 1; }
fi

# shellcheck disable=SC2086 # split into words on purpose
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
echo "lab: installing $missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
# shellcheck disable=SC2086 # one argument a package
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
