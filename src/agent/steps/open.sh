# shellcheck shell=sh
# open KIND REF NAME BYTES WORD WORD MEMBER…: puts together again what `close` took apart. udev and LVM may have been
# faster, and may have called it something else.

open_check() {
  open_kind=$1 open_ref=$2 open_name=$3 open_size=$4 open_first=$5 open_second=$6
  shift 6
  stack_members "$@" || return 2
  if open_ready; then
    said="$open_name is open already (/dev/$node)"
    # udev and LVM open what has come back by our own bind: a run that is taken back has to close it all the same.
    [ "$going" = forward ] || return 0
    return 1
  fi
  stack_tool "$open_kind" || return 2
  case $open_kind in
    luks)
      said="the key file $open_first is not there"
      [ -f "$root$open_first" ] || return 2
      ;;
  esac
  return 1
}

open_do() {
  # Members that have just come back may be on their way into an array, or their group, already.
  within 120 udevadm settle --timeout=110
  open_ready && return
  open_once || {
    open_status=$? open_said=$said
    # Lost a race for it, and won it: what counts is that it is open.
    if [ $open_status = 4 ] || ! open_ready; then
      said=$open_said
      return $open_status
    fi
  }
  wait_for "${PROVISION_DEADLINE:-60}" open_ready
  within 120 udevadm settle --timeout=110
}

open_once() {
  case $open_kind in
    # -K: it was active before, whatever the flag that keeps it from being activated by itself.
    lvm) within 300 lvchange -ay -K "$open_first/$open_second" ;;
    luks)
      stack_words "$open_second"
      trim "$members"
      # shellcheck disable=SC2086 # flags, one word each
      within 300 cryptsetup open --type luks --key-file "$root$open_first" $words "/dev/$trimmed" "$open_name"
      ;;
    md) open_array ;;
  esac
}

# udev puts an array together as its members come back, and starts it without those that take too long.
open_array() {
  if open_begun; then
    first_line "$root/sys/class/block/$node/md/array_state"
    case $line in
      inactive | clear) within 120 mdadm --stop "/dev/$node" || return ;;
      *)
        open_rejoin "$node"
        return
        ;;
    esac
  fi
  # The name may have gone to another array since.
  open_number=${open_name#md}
  case $open_number in *[!0-9]* | '') open_number=126 ;; esac
  while [ -e "$root/sys/class/block/$open_name" ]; do
    open_number=$((open_number + 1))
    open_name=md$open_number
  done
  set --
  for open_member in $members; do
    set -- "$@" "/dev/$open_member"
  done
  within 300 mdadm --assemble "/dev/$open_name" "$@"
}

# open_begun: whether any member is in an array already; its name in $node.
open_begun() {
  for open_member in $members; do
    node=$open_member
    if stack_array 0; then return 0; fi
  done
  return 1
}

# open_rejoin ARRAY: members that the array was started without. Only as what they were: --re-add takes nothing but a
# member of this very array, where --add would write over whatever is there.
open_rejoin() {
  for open_member in $members; do
    [ ! -L "$root/sys/class/block/$1/slaves/$open_member" ] || continue
    within 300 mdadm "/dev/$1" --re-add "/dev/$open_member" && continue
    open_status=$?
    said="/dev/$1 was started without /dev/$open_member, which is no longer up to date: $said; give its drive back alone, then: mdadm /dev/$1 --add /dev/$open_member"
    return $open_status
  done
}

# open_ready: whether it is there, whole, and as large as it was; its name in $node.
open_ready() {
  { stack_block "$open_ref" && stack_rests "$node" && stack_is "$open_size"; } || return
  [ "$open_kind" = md ] || return 0
  first_line "$root/sys/class/block/$node/md/array_state"
  said="/dev/$node is $line"
  case $line in inactive | clear) return 1 ;; esac
  open_array_node=$node
  for open_part in $open_second; do
    { stack_block "md/${open_part%%:*}/${open_ref#md/0/}" && stack_is "${open_part#*:}"; } || return
  done
  node=$open_array_node
}

open_prove() {
  open_ready || {
    said="$open_name is not open as it was: $said"
    return 1
  }
  said="$open_name is open (/dev/$node)"
}
