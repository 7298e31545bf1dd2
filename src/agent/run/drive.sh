# shellcheck shell=sh
# A drive in sysfs, found by what stays true over rebinds: its PCI address, and a namespace by its id.

# drive_at BDF: its folder in $drive and its driver, empty when it has none, in $driver.
drive_at() {
  drive=$root/sys/bus/pci/devices/$1
  driver=''
  [ -d "$drive" ] || return
  if [ -L "$drive/driver" ] && cd -P "$drive/driver"; then
    driver=${PWD##*/}
    cd /
  fi
}

# drive_controller: the folder of $drive's controller in $controller; there only while it is on nvme.
drive_controller() {
  for controller in "$drive"/nvme/nvme*; do
    [ ! -d "$controller" ] || return 0
  done
  return 1
}

# other_serial SERIAL: true when $drive is not the one with that serial, as far as anything is known: without a
# SERIAL nothing is. What it has is in $serial, empty when it cannot be read. Drives pad theirs with blanks.
other_serial() {
  serial=''
  trim "$1"
  [ -n "$trimmed" ] || return
  ! { drive_controller && read -r serial <"$controller/serial" && [ "$serial" = "$trimmed" ]; }
}

trim() {
  trimmed=${1#"${1%%[! ]*}"}
  trimmed=${trimmed%"${trimmed##*[! ]}"}
}

# namespace_of NSID: the kernel name of that namespace of $drive in $node, e.g. `nvme0n1`.
# With native multipath the controller has a hidden path `nvme0c1n2`; its disk is `nvme0n2`.
namespace_of() {
  drive_controller || return
  for namespace in "$controller"/nvme*n*; do
    [ -d "$namespace" ] || continue
    node=${namespace##*/}
    # Before Linux 4.15 there is no nsid to read, and the number in the name is the id.
    first_line "$namespace/nsid" || line=${node##*n}
    [ "$line" = "$1" ] || continue
    disk_of_path
    return 0
  done
  return 1
}

disk_of_path() {
  case $node in
    nvme*c*n*) node=${node%%c*}n${node##*n} ;;
  esac
}

# place_of BDF NSID PARTITION: in $node and $majmin what it is called now. Partition 0 is the whole namespace.
# place_of stack REF: the same of what lies on a stack, see run/stack.sh.
place_of() {
  mapped=''
  if [ "$1" = stack ]; then
    stack_block "$2"
    return
  fi
  if ! drive_at "$1"; then
    said="no PCI device is at $1"
  elif ! namespace_of "$2"; then
    said="$1 has no namespace $2 now; its driver is ${driver:-none}"
  elif partition_of "$3" && first_line "$root/sys/class/block/$node/dev"; then
    majmin=$line
    return 0
  else
    said="namespace $2 of $1 ($node) has no partition $3"
  fi
  return 1
}

partition_of() {
  [ "$1" != 0 ] || return 0
  [ -d "$root/sys/class/block/$node/${node}p$1" ] && node=${node}p$1
}

# each_block COMMAND: for every disk and partition of $drive, with its name; stops at the first that is true.
each_block() {
  drive_controller || return
  for block_path in "$controller"/nvme*n*; do
    [ -d "$block_path" ] || continue
    node=${block_path##*/}
    disk_of_path
    for block_dir in "$root/sys/class/block/$node" "$root/sys/class/block/$node/${node}p"*; do
      [ -d "$block_dir" ] || continue
      if "$@" "${block_dir##*/}"; then return 0; fi
    done
  done
  return 1
}
