# shellcheck shell=sh
# Stands in for the kernel under a planted root: what the agent's writes and tools would do to /sys and /proc.
# Sent between the agent and the program, so its functions take the place of the agent's and of the tools.

# Writes are those of the agent, with what they cause.
write_line() {
  printf '%s\n' "$2" | dd of="$1" conv=notrunc 2>/dev/null || return
  case $1 in
    */drivers/*/unbind) fake_unbind "$2" ;;
    */drivers/*/bind) fake_bind "$2" "${1%/bind}" ;;
    */driver_override) [ -n "$2" ] || printf '(null)\n' >"$1" ;;
    */nr_hugepages) fake_hugepages "${1%/*}" "$2" ;;
  esac
}

fake_unbind() {
  rm "$root/sys/bus/pci/devices/$1/driver"
  [ ! -d "$root/sys/bus/pci/devices/$1/nvme" ] || mv "$root/sys/bus/pci/devices/$1/nvme" "$root/sys/bus/pci/devices/$1/off"
}

# As the kernel: only the driver that driver_override names may have the drive.
fake_bind() {
  read -r fake_override <"$root/sys/bus/pci/devices/$1/driver_override"
  case $fake_override in
    '(null)' | "${2##*/}") ;;
    *)
      echo "dd: error writing '$2/bind': No such device" >&2
      return 1
      ;;
  esac
  if [ -e "$root/${2##*/}.fails" ]; then
    echo "dd: error writing '$2/bind': Invalid argument" >&2
    return 1
  fi
  ln -s "$2" "$root/sys/bus/pci/devices/$1/driver"
  case $2 in
    */nvme) mv "$root/sys/bus/pci/devices/$1/off" "$root/sys/bus/pci/devices/$1/nvme" ;;
    */vfio-pci) fake_vfio_node "$1" ;;
  esac
}

fake_vfio_node() {
  [ -L "$root/sys/bus/pci/devices/$1/iommu_group" ] || return 0
  cd -P "$root/sys/bus/pci/devices/$1/iommu_group" || return
  mkdir -p "$root/dev/vfio"
  printf 'root:root' >"$root/dev/vfio/${PWD##*/}"
  cd /
}

# Gives as many as there are, and calls that a success.
fake_hugepages() {
  fake_count=$2
  if [ -e "$1/most" ]; then
    read -r fake_most <"$1/most"
    [ "$fake_count" -le "$fake_most" ] || fake_count=$fake_most
  fi
  printf '%s\n' "$fake_count" >"$1/nr_hugepages"
  printf '%s\n' "$fake_count" >"$1/free_hugepages"
}

modprobe() {
  case $1 in
    -r)
      rm -r "$root/sys/module/$(echo "$2" | tr - _)"
      rm -r "$root/sys/bus/pci/drivers/$2"
      ;;
    *)
      mkdir -p "$root/sys/module/$(echo "$1" | tr - _)"
      : >"$root/sys/module/$(echo "$1" | tr - _)/initstate"
      mkdir -p "$root/sys/bus/pci/drivers/$1"
      : >"$root/sys/bus/pci/drivers/$1/bind"
      : >"$root/sys/bus/pci/drivers/$1/unbind"
      ;;
  esac
}

umount() {
  escaped "$1"
  if [ -e "$root/busy" ]; then
    echo "umount: $1: target is busy." >&2
    return 32
  fi
  fake_lines=$(grep -v -F " $escaped " "$root/proc/self/mountinfo")
  printf '%s\n' "$fake_lines" >"$root/proc/self/mountinfo"
}

# mount -t FSTYPE -o OPTIONS NODE TARGET
mount() {
  escaped "$6"
  read -r fake_majmin <"$root/sys/class/block/${5#/dev/}/dev"
  printf '99 1 %s / %s %s - %s %s %s\n' "$fake_majmin" "$escaped" "$4" "$2" "$5" "$4" >>"$root/proc/self/mountinfo"
}

swapoff() {
  fake_lines=$(grep -v "^$1 " "$root/proc/swaps")
  printf '%s\n' "$fake_lines" >"$root/proc/swaps"
}

# swapon -p PRIORITY NODE
swapon() {
  printf '%s partition 1 0 %s\n' "$3" "$2" >>"$root/proc/swaps"
}

udevadm() { :; }

# chown OWNER NODE: as far as the agent can tell, by what ls says of it.
chown() { printf '%s' "$1" >"$2"; }
ls() {
  case "$1 $2" in
    "-ld $root/dev/vfio/"*) read -r fake_owner <"$2" || true; echo "crw------- 1 ${fake_owner%:*} ${fake_owner#*:} 0 $2" ;;
    *) command ls "$@" ;;
  esac
}
