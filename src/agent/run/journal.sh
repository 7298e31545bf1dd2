# shellcheck shell=sh
# Events: each goes to the one who watches and to the journal on this host. Neither may stop the work: the connection
# may be dead and the disk full.

# journal_open FILE
journal_open() {
  journal=$1
  event run begin "$run_id"
  event run holder "$run_holder"
}

# event SUBJECT ATTRIBUTE TEXT
event() {
  one_line "$3"
  [ -z "$journal" ] || printf '%s\t%s\t=\t%s\n' "$1" "$2" "$one_line" >>"$journal"
  known "$1" "$2" "$one_line"
  wire_flush
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
