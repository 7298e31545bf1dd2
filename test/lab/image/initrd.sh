#!/bin/sh
# initrd.sh ROOT OUT: the smallest initrd that mounts the guest's root.
# Debian's own (40 MB, udev, LVM, mdadm) costs ten seconds and more of an emulated boot, and it might
# activate LVM before the root is there; nothing we test lives in an initrd.
set -eu
root=$1
out=$2
version=$(ls "$root/lib/modules")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/bin" "$tree/dev" "$tree/root" "$tree/modules"
cp "$root/bin/busybox" "$tree/bin/busybox"

n=10
for module in virtio_pci virtio_blk ext4; do
  chroot "$root" modprobe -S "$version" --show-depends "$module"
done | while read -r verb path _; do
  [ "$verb" = insmod ] || continue
  # numbered in load order; a second mention of the same module is dropped
  for seen in "$tree"/modules/*-"${path##*/}"; do
    [ ! -e "$seen" ] || continue 2
  done
  cp "$root$path" "$tree/modules/$n-${path##*/}"
  n=$((n + 1))
done

cat >"$tree/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
# crc32c-intel refuses to load on some CPUs; the generic one serves
for module in /modules/*; do $b insmod "$module" 2>/dev/null || echo "initrd: ${module##*/} not loaded"; done
until [ -b /dev/vda ]; do $b sleep 0.1; done
$b mount -t ext4 -o rw,noatime /dev/vda /root || exec $b sh
$b mount -o move /dev /root/dev
exec $b switch_root /root /sbin/init
INIT
chmod 755 "$tree/init"
(cd "$tree" && find . | ./bin/busybox cpio -o -H newc) >"$out.cpio"
gzip -1 <"$out.cpio" >"$out"
rm "$out.cpio"
