# shellcheck shell=sh
# Nothing on a host is waited for without end. A write to sysfs may block in the kernel, where no signal reaches it,
# so it is done by a child that can be left behind.

# within SECONDS COMMAND…: as the command ended, or 4 when it has not ended by then. Its words are in $said.
# Works on a disk that has filled up since: the child ends by making an empty file, and its words go where there is
# room already.
within() {
  within_limit=${PROVISION_DEADLINE:-$1}
  shift
  within_count=$((${within_count:-0} + 1))
  within_ended=$lock_dir/ended.$within_count
  said_reserve
  (
    "$@"
    true >"$within_ended.$?"
  ) 1<>"$lock_dir/said" 2>&1 &
  wait_for "$within_limit" within_over || {
    said="not finished after $within_limit s"
    return 4
  }
  wait $!
  said_lines
  [ "$within_status" = 0 ] || said=${said:-"$1 ended with $within_status and said nothing"}
  [ "$within_status" != 4 ] || within_status=1
  return "$within_status"
}

within_over() {
  for within_file in "$within_ended".*; do
    [ -e "$within_file" ] || return 1
    within_status=${within_file##*.}
    rm -f "$within_file"
  done
}

# Room for what a child prints: blanks, which it writes over.
said_reserve() {
  printf '%1000s' '' 1<>"$lock_dir/said"
}

# What the child printed, lines joined by `; `, in $said.
said_lines() {
  said=''
  while read -r line || [ -n "$line" ]; do
    [ -z "$line" ] || said=${said:+$said; }$line
    line=''
  done <"$lock_dir/said"
}

# wait_for SECONDS COMMAND…: until COMMAND is true; fails after SECONDS of sleep. Asks often at first, then less.
wait_for() {
  wait_left=$(($1 * 100)) wait_nap=2
  shift
  until "$@"; do
    [ $wait_left -gt 0 ] || return 1
    nap $wait_nap
    wait_left=$((wait_left - slept))
    [ $wait_nap -ge 50 ] || wait_nap=$((wait_nap * 2))
  done
}

# nap HUNDREDTHS: in $slept what it really was. Not every sleep takes fractions.
nap() {
  slept=$1
  case $1 in ?) slept="0$1" ;; esac
  sleep "0.$slept" || {
    sleep 1
    slept=100
    return
  }
  slept=$1
}

# write_to FILE TEXT SECONDS: writes a line into a file of sysfs or proc. 1: the kernel said no, and $said has its
# words; 4: it has not answered.
write_to() {
  if ! [ -e "$1" ]; then
    said="${1#"$root"} does not exist"
    return 1
  fi
  within "$3" write_line "$1" "$2"
  case $? in
    0) ;;
    4)
      said="the kernel has not finished \`echo ${2:-''} > ${1#"$root"}\`: $said"
      return 4
      ;;
    *)
      said=${said#*dd: }
      said=${said%%; *}
      said="\`echo ${2:-''} > ${1#"$root"}\`: ${said##*: }"
      return 1
      ;;
  esac
}

# dd, because it tells the true errno in GNU and in busybox; the shell's own printf and busybox tee say `I/O error`.
write_line() {
  printf '%s\n' "$2" | dd of="$1" conv=notrunc
}
