# shellcheck shell=sh
# Owners of the nodes that user space drivers open, the links by which udev names block devices, and the users who are
# to get drives. One stat for nodes and links.

probe_nodes() {
  set --
  for node in "$root"/dev/vfio/* "$root"/dev/uio[0-9]*; do
    [ ! -e "$node" ] || set -- "$@" "$node"
  done
  for node in "$root"/dev/disk/by-*/* "$root"/dev/md/*; do
    ! alias_matters || set -- "$@" "$node"
  done
  known host aliases ''
  [ $# -gt 0 ] || return 0
  # `root:root /dev/disk/by-label/a '/dev/disk/by-label/a' -> '../../nvme0n1'`: %N alone may be quoted in many ways.
  nodes=$(stat -c '%U:%G %n %N' "$@") || unreadable host aliases 'stat failed on links under /dev/disk'
  IFS=$nl
  set -f
  for line in $nodes; do
    node=${line#*" $root/"}
    node=/${node%%" '"*}
    case $line in
      *" -> '"*"'")
        line=${line##*" -> '"}
        line=${line%"'"}
        known alias "$node" "${line##*/}"
        ;;
      *) known node "$node" "${line%%" $root/"*}" ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
}

# Whether the link $node is one that configuration names drives by. A drive has a dozen names made of its serial and
# place: of those only the ones that stand in a file.
alias_matters() {
  [ -L "$node" ] || return 1
  case $node in
    */by-uuid/* | */by-label/* | */by-partuuid/* | */by-partlabel/* | */dev/md/*) return 0 ;;
  esac
  case $config_text in
    *"${node##*/}"*) ;;
    *) return 1 ;;
  esac
}

# probe_users USER…: names or ids. With one getent for the users and one for their groups.
probe_users() {
  [ $# -gt 0 ] || return 0
  lookup passwd "$@"
  passwd=$entries
  group_ids=
  set -f
  IFS=$nl
  for line in $passwd; do
    user_fields "$line"
    group_ids="$group_ids$nl$user_gid"
  done
  # shellcheck disable=SC2086 # one word a line
  lookup group $group_ids
  for user; do
    probe_user
  done
  set +f
  IFS=" $tab$nl"
}

# lookup passwd|group KEY…: the lines of those that exist, in $entries; $lookup_why when it cannot be told.
lookup() {
  lookup_why='' entries=''
  [ $# -gt 1 ] || return 0
  if [ -z "$root" ]; then
    entries=$(getent "$@")
    case $? in
      0 | 2) return ;;
      127) ;;
      *) lookup_why="getent $1 failed" && return ;;
    esac
  fi
  # No getent (busybox): only the files are left to ask.
  while IFS= read -r line || [ -n "$line" ]; do
    entries="$entries$line$nl"
  done <"$root/etc/$1" || lookup_why="/etc/$1 cannot be read"
}

# user_fields `spdk:x:1001:1001:…`
user_fields() {
  user_name=${1%%:*}
  user_gid=${1#*:*:}
  user_id=${user_gid%%:*}
  user_gid=${user_gid#*:}
  user_gid=${user_gid%%:*}
}

probe_user() {
  for line in $passwd; do
    user_fields "$line"
    case $user in
      "$user_name" | "$user_id")
        user_group
        known user "$user" "$user_name:$group_name"
        return
        ;;
    esac
  done
  if [ -n "$lookup_why" ]; then
    unreadable user "$user" "$lookup_why"
  else
    absent user "$user"
  fi
}

# The name of the group $user_gid in $group_name; its number if it has none.
user_group() {
  group_name=$user_gid
  for line in $entries; do
    case $line in
      *:*:"$user_gid":*) group_name=${line%%:*} ;;
    esac
  done
}
