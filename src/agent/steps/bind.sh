# shellcheck shell=sh
# bind BDF DRIVER: through drivers/<driver>/bind, which unlike drivers_probe tells the true error.

bind_check() {
  drive_at "$1" || {
    said="no PCI device is at $1"
    return 2
  }
  said="$1 is on $driver already"
  [ "$driver" != "$2" ] || return 0
  if [ -n "$driver" ]; then
    said="$1 is on $driver, it must be taken from it first"
    return 2
  elif ! [ -d "$root/sys/bus/pci/drivers/$2" ]; then
    said="the kernel has no driver $2 now; load it: modprobe $2"
    return 2
  elif [ "$2" = nvme ] && ! unbind_unheld; then
    # A member of a group that user space has open: some kernels refuse the kernel's driver there, older ones crash.
    return 2
  fi
  return 1
}

bind_do() {
  bind_make_way "$2" && write_to "$root/sys/bus/pci/drivers/$2/bind" "$1" 180
}

bind_prove() {
  drive_at "$1"
  if [ "$driver" = "$2" ]; then
    said="$1 is on $2"
    return 0
  fi
  said="the kernel reported success, but $1 is on ${driver:-no driver}"
  return 1
}

# The kernel lets only the driver named in driver_override have the drive. On the way back that may still be the one
# that just failed; the override's own undo comes later.
bind_make_way() {
  [ "$going" = back ] && override_now || return 0
  case $override in
    '' | "$1") return 0 ;;
  esac
  write_to "$drive/driver_override" '' 60
}
