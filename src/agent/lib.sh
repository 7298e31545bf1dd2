# shellcheck shell=sh
# What every script that runs on a host shares: the wire that src/probe/wire.ts reads, and reading without a fork.
# Made for dash, bash and busybox ash; no `local`, so names carry the prefix of what owns them.

nl='
'
tab='	'

# The state in which every script starts, whatever the login left behind.
sane_environment() {
  LC_ALL=C
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${PATH:+:$PATH}
  export LC_ALL PATH
  unset CDPATH
  umask 077
  set +f
  IFS=" $tab$nl"
}

# wire_begin NONCE
wire_begin() {
  wire_nonce=$1 wire_lines=0
  wire="provision-begin$tab$1$nl"
}

wire_end() {
  wire="${wire}provision-end$tab$wire_nonce$tab$wire_lines$nl"
  wire_flush
}

# One write for many lines: over SSH on a slow host each write is a packet.
wire_flush() {
  printf '%s' "$wire"
  wire=
}

# wire_line SUBJECT ATTRIBUTE STATE VALUE
wire_line() {
  wire="$wire$1$tab$2$tab$3$tab$4$nl"
  wire_lines=$((wire_lines + 1))
  [ ${#wire} -lt 4000 ] || wire_flush
}

# The three states of a fact. VALUE and WHY may hold any byte but newline.
known() { wire_line "$1" "$2" = "$3"; }
absent() { wire_line "$1" "$2" - ''; }
unreadable() { wire_line "$1" "$2" ! "$3"; }

# first_line FILE: the first line in $line; fails when there is none to be had.
first_line() {
  line=
  IFS= read -r line <"$1" || [ -n "$line" ]
}

# report SUBJECT ATTRIBUTE FILE: the first line of FILE as a fact. An attribute that holds an empty line is absent.
report() {
  if first_line "$3"; then
    if [ -n "$line" ]; then known "$1" "$2" "$line"; else absent "$1" "$2"; fi
  elif [ -e "$3" ]; then
    unreadable "$1" "$2" "${3#"$root"} cannot be read"
  else
    report_missing "$1" "$2" "$3"
  fi
}

# report_missing SUBJECT ATTRIBUTE PATH: absent, unless a folder above PATH keeps us from telling.
report_missing() {
  if hidden "$3"; then
    unreadable "$1" "$2" "${3#"$root"} cannot be looked for without root"
  else
    absent "$1" "$2"
  fi
}

# report_link SUBJECT ATTRIBUTE LINK: the name of the folder that LINK leads to.
report_link() {
  link=
  if [ ! -L "$3" ]; then
    absent "$1" "$2"
  elif cd -P "$3"; then
    link=${PWD##*/}
    known "$1" "$2" "$link"
  else
    unreadable "$1" "$2" "${3#"$root"} leads nowhere"
  fi
}

# hidden PATH: true when the nearest folder above it that can be seen may not be searched.
hidden() {
  hidden_dir=${1%/*}
  while [ -n "$hidden_dir" ]; do
    if [ -d "$hidden_dir" ]; then
      [ ! -x "$hidden_dir" ]
      return
    fi
    hidden_dir=${hidden_dir%/*}
  done
  false
}

# last_line TEXT: in $line; for saying in one line what a tool printed.
last_line() {
  line=${1##*"$nl"}
}
