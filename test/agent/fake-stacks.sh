# shellcheck shell=sh
# The tools that take stacks apart, on a planted root; sent after fake-kernel.sh. What was closed is kept aside as it was.

# fake_close NAME
fake_close() {
  if [ -e "$root/stuck" ]; then
    echo "  $1 is in use." >&2
    return 5
  fi
  for fake_holder in "$root"/sys/class/block/*/holders/"$1"; do
    [ -L "$fake_holder" ] || continue
    printf '%s\n' "$fake_holder" >>"$root/held.$1"
    rm "$fake_holder"
  done
  mv "$root/sys/class/block/$1" "$root/closed.$1"
}

fake_open() {
  mv "$root/closed.$1" "$root/sys/class/block/$1"
  while read -r fake_holder; do
    ln -s ../any "$fake_holder"
  done <"$root/held.$1"
  rm "$root/held.$1"
}

# lvchange -an|-ay [-K] VG/LV
lvchange() {
  case "$*" in
    '-an vg/data') fake_close dm-0 ;;
    '-ay -K vg/data') fake_open dm-0 ;;
    *) return 3 ;;
  esac
}

pvs() { cat "$root/pvs"; }

# cryptsetup close NAME, open [--test-passphrase] --type luks --key-file FILE FLAG… DEVICE NAME
cryptsetup() {
  printf '%s\n' "$*" >>"$root/cryptsetup"
  case $1 in
    close) fake_close dm-1 ;;
    *)
      while [ "$1" != --key-file ]; do shift; done
      read -r fake_key <"$2"
      if [ "$fake_key" != right ]; then
        echo 'No key available with this passphrase.' >&2
        return 2
      fi
      case $* in *safe) fake_open dm-1 ;; esac
      ;;
  esac
}

# mdadm --stop NODE, --assemble NODE MEMBER…
mdadm() {
  printf '%s\n' "$*" >>"$root/mdadm"
  case $1 in
    --stop) fake_close md127 ;;
    *) fake_open md127 ;;
  esac
}

# mount -t FSTYPE -o OPTIONS NODE TARGET: util-linux tells the kernel the name under /dev/mapper.
mount() {
  escaped "$6"
  read -r fake_majmin <"$root/sys/class/block/${5#/dev/}/dev"
  read -r fake_name <"$root/sys/class/block/${5#/dev/}/dm/name"
  printf '99 1 %s / %s %s - %s /dev/mapper/%s rw\n' "$fake_majmin" "$escaped" "$4" "$2" "$fake_name" >>"$root/proc/self/mountinfo"
}
