# shellcheck shell=sh
# swapon BDF NSID PARTITION PRIORITY

swapon_check() {
  place_of "$1" "$2" "$3" || return 2
  swap_on "$node" || return 1
  said="/dev/$node is used as swap already, priority $swap_priority"
}

# A negative priority is one that the kernel chose, and cannot be asked for.
swapon_do() {
  if [ "$4" -ge 0 ]; then
    within 60 swapon -p "$4" "/dev/$node"
  else
    within 60 swapon "/dev/$node"
  fi
}

swapon_prove() {
  if ! swap_on "$node"; then
    said="/dev/$node is not in /proc/swaps"
  elif [ "$4" -ge 0 ] && [ "$swap_priority" != "$4" ]; then
    said="/dev/$node is used as swap with priority $swap_priority, not $4"
  else
    said="/dev/$node is used as swap, priority $swap_priority"
    return 0
  fi
  return 1
}
