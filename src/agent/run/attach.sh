# shellcheck shell=sh
# Following a run from another connection: its program, its journal from the start, and its end. It only reads.

# attach_main ROOT NONCE RUN SECONDS USER…
attach_main() {
  sane_environment
  root=$1 run_id=$3 attach_left=$(($4 * 100)) holding=''
  wire_begin "$2"
  shift 4
  if folder_find "$run_id"; then
    attach_text "$run_dir/program"
    attach_follow <"$run_dir/journal"
    attach_end "$@"
  else
    known run outcome unknown_run
  fi
  wire_end
} 2>/dev/null

attach_text() {
  while IFS= read -r line || [ -n "$line" ]; do
    known program line "$line"
  done <"$1"
  first_line "$run_dir/holder"
  known run holder "$line"
  wire_flush
}

# A file at its end may still grow: the next read goes on where the last one stopped.
attach_follow() {
  attach_part='' attach_over=''
  while :; do
    while IFS= read -r line; do
      attach_line "$attach_part$line"
      attach_part=''
    done
    attach_part=$attach_part$line
    wire_flush
    [ -z "$attach_over" ] || return 0
    # Looked at before the rest of the journal is read: what was written before the end must not be missed.
    attach_state
    [ -n "$attach_over" ] || attach_nap || return 0
  done
}

attach_nap() {
  [ "$attach_left" -gt 0 ] || return
  nap 50
  attach_left=$((attach_left - slept))
}

# What is no event (torn by a power cut or a full disk) is left out; the outcome is told last.
attach_line() {
  case $1 in
    "run${tab}outcome$tab"* | "run${tab}reason$tab"*) return ;;
    "run$tab"*"$tab=$tab"* | "lock$tab"*"$tab=$tab"* | "recheck$tab"*"$tab=$tab"*) ;;
    step/*"$tab"*"$tab=$tab"* | undo/*"$tab"*"$tab=$tab"*) ;;
    *) return ;;
  esac
  wire="$wire$1$nl"
  wire_lines=$((wire_lines + 1))
  [ ${#wire} -lt 4000 ] || wire_flush
}

attach_state() {
  [ -e "$run_dir/open" ] || {
    attach_over=ended
    return
  }
  first_line "$run_dir/process"
  # shellcheck disable=SC2086 # three words
  process_state $line
  [ "$process_is" != alive ] || return 0
  # It may have ended in between.
  if [ -e "$run_dir/open" ]; then attach_over=$process_is; else attach_over=ended; fi
}

# The lock goes a moment after the end of the run; the probe shall not see it.
attach_unlocked() {
  for lock_dir in "$root/run/provision/lock" "$root/var/lib/provision/lock"; do
    [ -d "$lock_dir" ] || continue
    first_line "$lock_dir/process" || return 1
    attach_locker=$line
    first_line "$run_dir/process"
    case $line in "$attach_locker"*) return 1 ;; esac
  done
}

attach_end() {
  case $attach_over in
    ended)
      attach_outcome='' attach_reason=''
      {
        read -r attach_outcome attach_journal
        read -r attach_reason
      } <"$run_dir/end"
      wait_for 10 attach_unlocked
      probe "$root" "$@"
      known run journal "${attach_journal:-torn}"
      [ -z "$attach_reason" ] || known run reason "$attach_reason"
      known run outcome "${attach_outcome:-failed}"
      ;;
    gone | other_boot)
      known run agent "$attach_over"
      known run outcome abandoned
      ;;
    # The time is up, and it is at work still.
    *) known run outcome at_work ;;
  esac
}
