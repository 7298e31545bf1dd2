# shellcheck shell=sh
# Reading mountinfo. A name in it has blanks, newlines and backslashes as octal, so ours are written the same way
# and compared.

# escaped TEXT: as mountinfo would have it, in $escaped.
escaped() {
  escaped=$1
  case $1 in
    *[\\\ "$tab$nl"]*) ;;
    *) return ;;
  esac
  replace "$escaped" \\ '\134'
  replace "$replaced" ' ' '\040'
  replace "$replaced" "$tab" '\011'
  replace "$replaced" "$nl" '\012'
  escaped=$replaced
}

# The other way round, for people only.
unescaped() {
  replace "$1" '\040' ' '
  replace "$replaced" '\011' "$tab"
  replace "$replaced" '\012' "$nl"
  replace "$replaced" '\134' \\
  unescaped=$replaced
}

# mounted_on TARGET: what is on top there, as mountinfo has it: $on_id, $on_majmin, $on_root, $on_fstype, $on_source.
mounted_on() {
  escaped "$1"
  on_id=''
  while read -r info_id _ info_majmin info_root info_target info_rest; do
    [ "$info_target" = "$escaped" ] || continue
    on_id=$info_id on_majmin=$info_majmin on_root=$info_root on_rest=${info_rest#*" - "}
  done <"$root/proc/self/mountinfo"
  [ -n "$on_id" ] || return
  on_fstype=${on_rest%% *} on_source=${on_rest#* }
  on_source=${on_source%% *}
}

# still_mounted ID: whether a mount of that id is there.
still_mounted() {
  while read -r info_id _; do
    [ "$info_id" != "$1" ] || return 0
  done <"$root/proc/self/mountinfo"
  return 1
}

# mounted_here TARGET ROOT: whether what is on top at TARGET is ROOT of the filesystem on $node.
# btrfs shows a device number of its own; there the source tells.
mounted_here() {
  mounted_on "$1" || return
  escaped "$2"
  [ "$on_root" = "$escaped" ] || return
  [ "$on_majmin" = "$majmin" ] || [ "$on_source" = "/dev/$node" ] || [ "$on_source" = "/dev/mapper/${mapped:-//}" ]
}
