# shellcheck shell=sh
# What lies on namespaces and partitions, in four processes for all of them. Reading the first bytes proves that the
# device can be read at all: wipefs takes a read error for a blank disk.

probe_signatures() {
  # shellcheck disable=SC2086 # kernel names, no spaces in them
  open_nodes $disks
  # shellcheck disable=SC2086
  set -- $readable
  [ $# -gt 0 ] || return 0
  run_wipefs "$@"
  run_heads "$@"
  for name; do
    next_head
    report_device
  done
  report_wipefs
}

# open_nodes NAME…: leaves in $readable the names of those that can be opened, and reports the others.
open_nodes() {
  readable=
  for name; do
    node=$root/dev/$name
    if true <"$node"; then
      readable="$readable $name"
    elif [ -e "$node" ]; then
      unreadable "block/$name" signatures "/dev/$name cannot be opened as uid $uid"
    else
      unreadable "block/$name" signatures "there is no /dev/$name"
    fi
  done
}

# run_wipefs NAME…: its lines in $wipefs_lines; $wipefs_why when they cannot be had, $wipefs_bad for one device alone.
run_wipefs() {
  wipefs_bad=
  call_wipefs "$@"
  [ -n "$wipefs_why" ] || return 0
  # It gives up at the first device it cannot open, without a word on the others: once more without that one.
  for name; do
    case $wipefs_lines in
      *"/$name: "*) wipefs_bad=$name ;;
    esac
  done
  [ -n "$wipefs_bad" ] && [ $# -gt 1 ] || return 0
  wipefs_bad_why=$wipefs_why
  call_wipefs "$@"
}

call_wipefs() {
  wipefs_why=
  for name; do
    shift
    [ "$name" = "$wipefs_bad" ] || set -- "$@" "$root/dev/$name"
  done
  wipefs_lines=$(wipefs -n -i -p -O DEVICE,OFFSET,TYPE "$@" 2>&1)
  case $? in
    0) check_wipefs ;;
    127) wipefs_why='wipefs is not installed (package util-linux)' ;;
    *)
      last_line "${wipefs_lines%"$nl"Try *}"
      wipefs_why="wipefs failed (util-linux 2.31 or newer is needed): $line"
      ;;
  esac
}

# Anything but `nvme0n1p1,0x438,ext4` means that this wipefs is not the one we know.
check_wipefs() {
  IFS=$nl
  set -f
  for line in $wipefs_lines; do
    case $line in
      nvme*,0x*,?*) ;;
      *) wipefs_why="wipefs printed: $line" ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
}

# run_heads NAME…: the first 8 bytes of all in $heads, as ` 0a` + `==> /` in hex, path, ` <==\n` in hex, bytes, and so on.
run_heads() {
  for name; do
    shift
    set -- "$@" "$root/dev/$name"
  done
  heads_raw=$(head -v -c 8 "$@" | od -An -v -tx1)
  heads=' 0a'
  IFS=$nl
  for line in $heads_raw; do
    heads=$heads$line
  done
  IFS=" $tab$nl"
  # More or fewer announcements than devices: which bytes are whose can no longer be told.
  heads_count=0 heads_rest=$heads heads_why=
  while [ "$heads_rest" != "${heads_rest#*"$head_begin"}" ]; do
    heads_rest=${heads_rest#*"$head_begin"}
    heads_count=$((heads_count + 1))
  done
  [ $heads_count -eq $# ] || heads_why="of $# devices $heads_count could be read, and which is not known"
}

head_begin=' 0a 3d 3d 3e 20 2f'
head_end=' 20 3c 3d 3d 0a'
# `SPDKBLOB`, which no version of libblkid knows.
blobstore=' 53 50 44 4b 42 4c 4f 42'

# Takes the bytes of the next device off $heads, into $head.
next_head() {
  heads=${heads#*"$head_begin"}
  head=${heads%%"$head_begin"*}
  head=${head#*"$head_end"}
}

# The state of the signatures of the device $name, and SPDK's own signature.
report_device() {
  block=block/$name
  if [ -n "$wipefs_why" ]; then
    unreadable "$block" signatures "$wipefs_why"
  elif [ "$name" = "$wipefs_bad" ]; then
    unreadable "$block" signatures "$wipefs_bad_why"
  elif [ -n "$heads_why" ]; then
    unreadable "$block" signatures "$heads_why"
  else
    case $head in
      "$blobstore")
        known "$block" signatures ''
        known "$block" signature '0x0 spdk_blobstore'
        ;;
      ' '??' '??' '??' '??' '??' '??' '??' '??) known "$block" signatures '' ;;
      *) unreadable "$block" signatures "the first bytes of /dev/$name cannot be read" ;;
    esac
  fi
}

# `nvme0n1p1,0x438,ext4`
report_wipefs() {
  [ -z "$wipefs_why" ] || return 0
  IFS=$nl
  for line in $wipefs_lines; do
    signature=${line#*,}
    known "block/${line%%,*}" signature "${signature%%,*} ${line##*,}"
  done
  IFS=" $tab$nl"
}
