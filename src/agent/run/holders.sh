# shellcheck shell=sh
# Who has something open, named as a person can find them.

# who_has PATH…: processes that have PATH, or something below it, open or as their folder; in $who, e.g.
# `PID 812 (spdk_tgt) has /dev/vfio/14 open`. 0: somebody, 1: nobody, 2: it could not be told, for the
# reason in $who_why.
# With $who_anywhere, by the last part of the path alone.
who_has() {
  who_paths=''
  for who_path in "$@"; do
    one_line "$who_path"
    [ -z "${who_anywhere:-}" ] || one_line=/${one_line##*/}
    who_paths="$who_paths$one_line$nl"
  done
  cd "$root/proc" || return 2
  # /dev/null makes it several arguments, so that each folder gets its heading. No names of users: that may ask LDAP.
  # Errors come with the lines: every ls writes out what it has before it complains, so that no line is torn.
  # shellcheck disable=SC2010 # /proc has no odd names
  who_lines=$(ls -ln [0-9]*/cwd [0-9]*/root [0-9]*/fd /dev/null 2>&1 | grep -F -e '/fd:' -e 'ls: ' -e "${who_paths%"$nl"}")
  who_why='/proc cannot be listed'
  processes_why=
  process_hidden
  cd /
  who='' who_pid='' who_last='' who_denied=''
  # Nothing at all was listed, not even this shell: too many processes for one command line, perhaps.
  case $who_lines in *'/fd:'*) ;; *) return 2 ;; esac
  set -f
  IFS=$nl
  for who_line in $who_lines; do
    case $who_line in
      'ls: '*': No such file or directory' | 'ls: '*': No such process') ;;
      'ls: '*) who_denied=${who_denied:-$who_line} ;;
      *' -> '*) who_match "$@" ;;
      */fd:) who_pid=${who_line%/fd:} ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
  [ -z "$who" ] || return 0
  # Nobody was seen, but not everybody could be looked at.
  who_why=${processes_why:-$who_denied}
  [ -z "$who_why" ] || return 2
  return 1
}

# One line of ls -l, of a link in some fd folder or `812/cwd` itself.
who_match() {
  who_link=${who_line%% -> *}
  case $who_link in
    */cwd | */root)
      who_of=${who_link##* }
      who_of=${who_of%/*}
      ;;
    *) who_of=$who_pid ;;
  esac
  for who_path in "$@"; do
    case ${who_line#*" -> "} in
      "$who_path" | "$who_path"/* | "$who_path (deleted)") who_add ;;
      */"${who_path##*/}" | */"${who_path##*/} (deleted)") [ -z "${who_anywhere:-}" ] || who_add ;;
    esac
  done
}

who_add() {
  [ "$who_of" != "$who_last" ] || return 0
  who_last=$who_of
  first_line "$root/proc/$who_of/comm" || line='no name'
  who="${who:+$who, }PID $who_of ($line) has ${who_line#*" -> "} open"
}
