# shellcheck shell=sh
# Mounts, swap, members of btrfs, and provision's records of the drives it handed over.

# Long texts by one grep for all: the shells read a file byte by byte.
probe_texts() {
  mountinfo=$root/proc/self/mountinfo
  records=$root/var/lib/provision/drives
  set -- "$mountinfo"
  for bdf in $drives; do
    record=$records/$bdf.json
    if [ -e "$record" ]; then
      set -- "$@" "$record"
    else
      report_missing "pci/$bdf" record "$record"
    fi
  done
  for other in $others; do
    set -- "$@" "$root/proc/${other%%=*}/mountinfo"
  done
  texts=$(grep -saH '' "$@")
  IFS=$nl
  set -f
  for text in $texts; do
    case $text in
      "$mountinfo:"*)
        known host mount "${text#"$mountinfo:"}"
        note_parts "$text"
        ;;
      "$root/proc/"*/mountinfo:*)
        text=${text#"$root/proc/"}
        other_mount "${text%%/*}" "${text#*:}"
        ;;
      "$records/"*.json:*)
        text=${text#"$records/"}
        known "pci/${text%%.json:*}" record "${text#*.json:}"
        ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
  # A file that is there and gave no line could not be read.
  case $texts in
    "$mountinfo:"*) known host mounts '' ;;
    *) unreadable host mounts '/proc/self/mountinfo cannot be read' ;;
  esac
  probe_others "$texts"
  shift
  for record; do
    case $record in */mountinfo) continue ;; esac
    bdf=${record##*/}
    case $texts in
      *"$record:"*) ;;
      *) unreadable "pci/${bdf%.json}" record "${record#"$root"} is empty or cannot be read" ;;
    esac
  done
}

# `/dev/nvme0n1p2  partition  8388604  0  -2`, with \040 for a space in the path.
probe_swaps() {
  if [ ! -e "$root/proc/swaps" ]; then
    absent host swaps
    return
  fi
  known host swaps ''
  swap_count=0
  while read -r swap_path swap_type _ _ swap_priority _; do
    case $swap_path in
      /*) probe_swap ;;
    esac
  done <"$root/proc/swaps"
}

probe_swap() {
  swap=swap/$swap_count
  swap_count=$((swap_count + 1))
  known "$swap" path "$swap_path"
  known "$swap" type "$swap_type"
  known "$swap" priority "$swap_priority"
  [ "$swap_type" = partition ] || return 0
  if first_line "$root/sys/class/block/${swap_path##*/}/dev"; then
    known "$swap" majmin "$line"
    return
  fi
  # A name under /dev/mapper that is a node of its own, without udev.
  for dm in "$root"/sys/class/block/dm-*; do
    if first_line "$dm/dm/name" && [ "/dev/mapper/$line" = "$swap_path" ] && first_line "$dm/dev"; then
      known "$swap" majmin "$line"
      return
    fi
  done
}

probe_btrfs() {
  btrfs=$root/sys/fs/btrfs
  if [ ! -d "$btrfs" ]; then
    report_missing host btrfs "$btrfs"
    return
  fi
  known host btrfs ''
  for filesystem in "$btrfs"/*-*-*-*-*; do
    [ -d "$filesystem" ] || continue
    [ -d "$filesystem/devices" ] || unreadable host btrfs "${filesystem#"$root"}/devices is not there"
    for member in "$filesystem"/devices/*; do
      [ ! -e "$member" ] || known btrfs member "${member##*/}"
    done
  done
}
