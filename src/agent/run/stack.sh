# shellcheck shell=sh
# What is stacked on drives, found by what stays true over rebinds (plan/block-ref.ts has the same names):
#   BDF/NSID/PARTITION   a block of a drive
#   dm/UUID              a device of device-mapper
#   md/PARTITION/REF     the array that REF is a member of, or a partition of it; 0 is the whole

# stack_block REF: what it is called now in $node, its number in $majmin, its name under /dev/mapper in $mapped.
stack_block() {
  case $1 in
    dm/*) stack_mapper "${1#dm/}" || return ;;
    md/*)
      stack_ref=${1#md/}
      # The variables do not survive the call.
      set -- "${stack_ref%%/*}" "${stack_ref#*/}"
      stack_block "$2" || return
      stack_array "$1" || return
      ;;
    *)
      stack_ref=${1#*/}
      place_of "${1%%/*}" "${stack_ref%%/*}" "${stack_ref#*/}" || return
      ;;
  esac
  first_line "$root/sys/class/block/$node/dev" || return
  majmin=$line
}

stack_mapper() {
  for stack_dir in "$root"/sys/class/block/dm-*; do
    if first_line "$stack_dir/dm/uuid" && [ "$line" = "$1" ]; then
      node=${stack_dir##*/}
      first_line "$stack_dir/dm/name"
      mapped=$line
      return 0
    fi
  done
  said="no device-mapper device has the UUID $1"
  return 1
}

# stack_array PARTITION: of the array that has $node.
stack_array() {
  mapped=''
  for stack_dir in "$root/sys/class/block/$node/holders"/md*; do
    [ -L "$stack_dir" ] || [ -e "$stack_dir" ] || continue
    node=${stack_dir##*/}
    [ "$1" != 0 ] || return 0
    for stack_part in "$root/sys/class/block/$node/$node$1" "$root/sys/class/block/$node/${node}p$1"; do
      [ -d "$stack_part" ] || continue
      node=${stack_part##*/}
      return 0
    done
    said="/dev/$node has no partition $1"
    return 1
  done
  said="/dev/$node is a member of no array"
  return 1
}

# stack_members REF…: the kernel names of all of them in $members, sorted as sysfs lists them; fails if one is missing.
stack_members() {
  members=' '
  for stack_member in "$@"; do
    stack_block "$stack_member" || return
    members="$members$node "
  done
}

# stack_rests NAME: whether it lies on $members, and on nothing else.
stack_rests() {
  stack_left=$members
  for stack_slave in "$root/sys/class/block/$1/slaves"/*; do
    [ -L "$stack_slave" ] || [ -e "$stack_slave" ] || continue
    stack_slave=${stack_slave##*/}
    case $stack_left in
      *" $stack_slave "*)
        replace "$stack_left" " $stack_slave " ' '
        stack_left=$replaced
        ;;
      *)
        said="/dev/$1 also lies on /dev/$stack_slave, which the plan did not see"
        return 1
        ;;
    esac
  done
  trim "$stack_left"
  said="/dev/$1 does not lie on /dev/$trimmed, though the plan saw it there"
  [ -z "$trimmed" ]
}

# stack_is BYTES: whether $node has that size.
stack_is() {
  if first_line "$root/sys/class/block/$node/size" && [ $((line * 512)) = "$1" ]; then return 0; fi
  said="/dev/$node has $((${line:-0} * 512)) bytes, it had $1"
  return 1
}

# stack_tool KIND: whether the tools for it are there.
stack_tool() {
  case $1 in
    lvm)
      set -- lvchange lvm2
      # It complains of descriptors that whoever called left open, in the middle of its answers.
      export LVM_SUPPRESS_FD_WARNINGS=1
      ;;
    luks) set -- cryptsetup cryptsetup-bin ;;
    md) set -- mdadm mdadm ;;
    *) set -- "$1" "$1" ;;
  esac
  command -v "$1" >/dev/null && return
  said="$1 is not installed (package $2)"
  return 1
}

# stack_words TEXT: in $words, fit to be split by the shell: `within` needs the wildcards that would be in the way.
stack_words() {
  words=$1
  case $words in *[*?[]*) words='' ;; esac
}
