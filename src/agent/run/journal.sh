# shellcheck shell=sh
# Events: each goes to the one who watches and to the journal on this host. Neither may stop the work: the connection
# may be dead and the disk full.

# event SUBJECT ATTRIBUTE TEXT
event() {
  journal_line "$1" "$2" "$3"
  known "$1" "$2" "$one_line"
  wire_flush
}

# For the journal alone.
journal_line() {
  one_line "$3"
  [ -z "$journal" ] || printf '%s\t%s\t=\t%s\n' "$1" "$2" "$one_line" >>"$journal" || journal_torn=torn
}

# journal_sync PATH…: on the disk, before what comes next is done; a power cut may follow. A disk that takes its time
# is not waited for twice.
journal_sync() {
  [ -n "$journal" ] && [ -z "$journal_slow" ] || return 0
  journal_said=$said
  within 10 sync "$@"
  [ $? != 4 ] || journal_slow=yes
  said=$journal_said
}

# one_line TEXT: with each newline as a space, in $one_line.
one_line() {
  replace "$1" "$nl" ' '
  one_line=$replaced
}

# replace TEXT OLD NEW: every OLD by NEW, in $replaced.
replace() {
  replaced='' replace_rest=$1
  while :; do
    case $replace_rest in
      *"$2"*) ;;
      *) break ;;
    esac
    replaced=$replaced${replace_rest%%"$2"*}$3
    replace_rest=${replace_rest#*"$2"}
  done
  replaced=$replaced$replace_rest
}

# quote TEXT: as one word of a command that somebody may paste, in $quoted. A mount point may hold anything.
quote() {
  replace "$1" "'" "'\\''"
  quoted="'$replaced'"
}

# From here on what is flushed is kept, until release_output.
hold_output() {
  held='' holding=yes
}

release_output() {
  [ -z "$holding" ] || printf '%s' "$held"
  holding=
}

# In place of the one in lib.sh.
wire_flush() {
  if [ -n "${holding:-}" ]; then held=$held$wire; else printf '%s' "$wire"; fi
  wire=
}
