# shellcheck shell=sh
# close KIND REF NAME BYTES WORD WORD MEMBER…: one layer of a stack; the kernel refuses while anything has it open.
# The two words are VG and LV, key file and flags of cryptsetup, or level with metadata and NUMBER:BYTES of partitions.

close_check() {
  close_kind=$1 close_size=$4 close_first=$5 close_second=$6 close_name=$3
  said="$3 is not open"
  stack_block "$2" || return 0
  close_node=$node
  stack_tool "$1" || return 2
  shift 6
  { stack_members "$@" && stack_rests "$close_node"; } || return 2
  node=$close_node
  stack_is "$close_size" || return 2
  for close_holder in "$root/sys/class/block/$close_node/holders"/*; do
    [ -L "$close_holder" ] || [ -e "$close_holder" ] || continue
    said="/dev/$close_node is held by /dev/${close_holder##*/}"
    return 2
  done
  case $close_kind in
    lvm) close_group || return 2 ;;
    luks) close_key "$node" || return 2 ;;
  esac
  return 1
}

close_do() {
  # udev looks into a device after each unmount, and keeps it open for a moment.
  within 120 udevadm settle --timeout=110
  close_tries=0
  until close_once; do
    close_status=$?
    close_tries=$((close_tries + 1))
    if [ $close_status = 4 ] || [ $close_tries -ge 3 ]; then
      close_said=$said
      who_has "/dev/$close_node" "/dev/mapper/$close_name" && close_said="$close_said; $who"
      said=$close_said
      return $close_status
    fi
    sleep 1
  done
  # What udev now sees of the members may make it put the thing together again.
  within 120 udevadm settle --timeout=110
}

close_once() {
  case $close_kind in
    lvm) within 300 lvchange -an "$close_first/$close_second" ;;
    luks) within 300 cryptsetup close "$close_name" ;;
    md) within 300 mdadm --stop "/dev/$close_node" ;;
  esac
}

close_prove() {
  if stack_block "$2"; then
    said="$3 was closed, and is open again as /dev/$node: something on this host opens it by itself"
    return 1
  fi
  said="$3 is closed"
}

# close_key NAME: closing drops the key from memory, so first it must be sure that the file opens it again. Whatever
# is wrong with the file, this is the moment to know.
close_key() {
  if ! [ -f "$root$close_first" ]; then
    said="the key file $close_first is not there now, so $close_name could not be opened again"
    return 1
  fi
  stack_words "$close_second"
  trim "$members"
  # shellcheck disable=SC2086 # flags, one word each
  within 300 cryptsetup open --test-passphrase --type luks --key-file "$root$close_first" $words "/dev/$trimmed" && return
  close_status=$?
  said="the key in $close_first does not open /dev/$trimmed, so $close_name could not be opened again: $said"
  return $close_status
}

# A physical volume without an active volume on it shows nowhere in sysfs; only LVM knows what its group is made of.
close_group() {
  within 120 pvs --noheadings --readonly -o pv_name -S "vg_name=$close_first" || {
    said="what the volume group $close_first is made of cannot be told: $said"
    return 1
  }
  close_left=$said
  close_volumes=$said
  while [ -n "$close_left" ]; do
    close_volume=${close_left%%"; "*}
    close_left=${close_left#"$close_volume"}
    close_left=${close_left#"; "}
    trim "$close_volume"
    close_rests "$trimmed" && continue
    said="the volume group $close_first also has $trimmed, which this plan does not hand over"
    return 1
  done
  said="the volume group $close_first is not known to pvs"
  [ -n "$close_volumes" ]
}

# close_rests PATH: whether a device lies on nothing but drives that this run is about.
close_rests() {
  close_path=$(readlink -f "$root$1")
  close_bottoms "${close_path##*/}"
}

close_bottoms() {
  if [ -e "$root/sys/class/block/$1/partition" ] && cd -P "$root/sys/class/block/$1"; then
    cd ..
    set -- "${PWD##*/}"
    cd /
  fi
  set -- "$1" "$root/sys/class/block/$1/slaves"/*
  if [ -e "$2" ] || [ -L "$2" ]; then
    shift
    for close_slave in "$@"; do
      close_bottoms "${close_slave##*/}" || return
    done
    return 0
  fi
  for close_bdf in $run_drives; do
    drive_at "$close_bdf" || continue
    close_wanted=$1
    if each_block close_same; then return 0; fi
  done
  return 1
}

close_same() { [ "$1" = "$close_wanted" ]; }
