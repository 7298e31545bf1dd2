#!/bin/sh
# build.sh IMAGE_DIR: builds the lab's guest image into IMAGE_DIR, all or nothing.
# Called under a lock by image.ts; the folder's name is the hash of what it is made from.
# Root, because the owners of the guest's files must survive; anyone else is sent through sudo.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
out=$1
[ ! -d "$out" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  exec sudo -n env OWNER="$(id -u):$(id -g)" sh "$0" "$out"
fi

work=$(mktemp -d "$(dirname "$out")/building.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$work/image"

echo 'keys'
ssh-keygen -q -t ed25519 -N '' -C provision-lab -f "$work/image/id_ed25519"
ssh-keygen -q -t ed25519 -N '' -C lab-host -f "$work/image/ssh_host_ed25519_key"

# Module families that no guest of ours has hardware for: two thirds of the kernel package.
set --
for part in gpu media net/wireless net/ethernet infiniband staging iio hid input usb bluetooth; do
  set -- "$@" --dpkgopt="path-exclude=/lib/modules/*/kernel/drivers/$part/*"
done
for part in sound net/bluetooth net/mac80211 net/wireless fs/ocfs2 fs/ceph fs/nfs fs/smb; do
  set -- "$@" --dpkgopt="path-exclude=/lib/modules/*/kernel/$part/*"
done
for part in doc man locale info; do
  set -- "$@" --dpkgopt="path-exclude=/usr/share/$part/*"
done

echo 'packages'
packages=$(grep -v -e '^#' -e '^$' "$here/packages.txt" | paste -sd, -)
# INITRD=No: the kernel package need not spend half a minute on the initrd that initrd.sh replaces
INITRD=No mmdebstrap --quiet --variant=minbase --include="$packages" \
  --aptopt='Apt::Install-Recommends "false"' "$@" \
  --customize-hook="KEYS='$work/image' sh '$here/customize.sh' \"\$1\"" \
  --customize-hook="sh '$here/initrd.sh' \"\$1\" '$work/initrd.img'" \
  bookworm "$work/rootfs.tar"

echo 'filesystem'
mkdir "$work/rootfs"
tar --numeric-owner -xf "$work/rootfs.tar" -C "$work/rootfs"
sh "$here/kernel.sh" "$work/rootfs/boot/vmlinuz-"* "$work/image/kernel"
rm -f "$work/rootfs/boot/initrd.img-"*
mke2fs -q -t ext4 -L lab-root -m 0 -E lazy_itable_init=0 -d "$work/rootfs" "$work/image/root.img" 3G
mv "$work/initrd.img" "$work/image/initrd.img"
cp "$here/packages.txt" "$work/image/packages.txt"

[ -z "${OWNER:-}" ] || chown -R "$OWNER" "$work/image"
# A rename is the only moment at which the image begins to exist.
mv -T "$work/image" "$out"
echo 'done'
