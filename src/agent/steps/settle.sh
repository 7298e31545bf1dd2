# shellcheck shell=sh
# settle BDF NSID:BYTES…: a drive is back when its controller serves, and its namespaces are all there at full size.

settle_check() {
  settle_over "$@" || return 1
}

settle_do() {
  if wait_for "${PROVISION_DEADLINE:-180}" settle_over "$@"; then
    # Links and rights of the device nodes are udev's work, and mounting races with it.
    within 120 udevadm settle --timeout=110
    return 0
  fi
  said="after ${PROVISION_DEADLINE:-180} s $said"
  return 1
}

settle_prove() {
  settle_over "$@"
}

settle_over() {
  settle_bdf=$1
  shift
  drive_at "$settle_bdf" || {
    said="no PCI device is at $settle_bdf"
    return 1
  }
  drive_controller || {
    said="$settle_bdf has no controller; its driver is ${driver:-none}"
    return 1
  }
  # Before Linux 4.10 there is no state to read.
  if first_line "$controller/state" && [ "$line" != live ]; then
    said="the controller ${controller##*/} of $settle_bdf is $line"
    return 1
  fi
  for settle_want in "$@"; do
    settle_namespace "${settle_want%:*}" "${settle_want#*:}" || return 1
  done
  said="${controller##*/} is live, namespaces: $#"
}

settle_namespace() {
  if ! namespace_of "$1" || ! first_line "$root/sys/class/block/$node/size"; then
    said="namespace $1 of $settle_bdf is not there yet"
  elif [ $((line * 512)) != "$2" ]; then
    said="namespace $1 of $settle_bdf ($node) has $((line * 512)) bytes, it had $2"
  elif ! settle_nodes; then
    said="/dev/$node_missing is not there yet"
  else
    return 0
  fi
  return 1
}

settle_nodes() {
  for node_missing in "$root/sys/class/block/$node" "$root/sys/class/block/$node/${node}p"*; do
    [ -d "$node_missing" ] || continue
    node_missing=${node_missing##*/}
    [ -e "$root/dev/$node_missing" ] || return 1
  done
}
