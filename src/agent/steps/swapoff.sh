# shellcheck shell=sh
# swapoff BDF NSID PARTITION PRIORITY

swapoff_check() {
  if ! place_of "$1" "$2" "$3"; then
    # Off the kernel's driver there is nothing to swap on, and on a closed stack neither.
    [ "$1" != stack ] || return 0
    [ "$driver" = nvme ] || [ ! -d "$drive" ] || return 0
    return 2
  fi
  said="/dev/$node is not used as swap"
  swap_on "$node" || return 0
  return 1
}

# It reads back every page that is out; that may take minutes.
swapoff_do() {
  within 1800 swapoff "/dev/$node"
}

swapoff_prove() {
  said="/dev/$node is still used as swap"
  ! swap_on "$node" || return 1
  said="/dev/$node is no longer used as swap"
}

# swap_on NAME: whether it is swapped on, and its priority in $swap_priority.
swap_on() {
  while read -r swap_path _ _ _ swap_priority; do
    [ "$swap_path" != "/dev/$1" ] || return 0
  done <"$root/proc/swaps"
  return 1
}
