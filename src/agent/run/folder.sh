# shellcheck shell=sh
# What this host keeps of a run, so that it can be followed, mended after a power cut, and taken back:
#   program   what is carried out, as it was shipped
#   holder    one line: who began it, from where, since when
#   process   PID, start time and boot of the shell that carries it out; when it is gone, so is the run
#   journal   every event, in the order in which it happened
#   open      is there until the run has told its outcome
#   end       the outcome, whether the journal is whole, and the reason on a line of its own
# Room for `end` and `process` is taken at the start, so that a disk that fills up meanwhile cannot keep the end untold.

# The first choice outlives a power cut. Where /var/lib cannot be written, no drive can be handed over either, since
# its record cannot be kept; and what is left (hugepages, modules) a power cut takes back by itself.
folder_homes() {
  folder_home=$root/var/lib/provision/runs
  folder_second=$root/run/provision/runs
}

# folder_find RUN: its folder in $run_dir.
folder_find() {
  folder_homes
  for run_dir in "$folder_home/$1" "$folder_second/$1"; do
    [ ! -d "$run_dir" ] || return 0
  done
  run_dir=''
  return 1
}

# folder_open TEXT: for a run that begins. Otherwise $run_outcome is `refused` and $run_reason says why.
folder_open() {
  if folder_unfinished; then
    run_outcome=refused
    run_reason="run $folder_other was begun on this host and never finished; resume it or roll it back first"
    return 1
  fi
  ! folder_find "$run_id" || folder_aside || return
  folder_make "$1"
}

# A run of the same name that has ended, from before: kept under another.
folder_aside() {
  folder_count=1
  while [ -e "$run_dir.$folder_count" ]; do folder_count=$((folder_count + 1)); done
  within 60 mv "$run_dir" "$run_dir.$folder_count" && return
  run_outcome=refused run_reason="${run_dir#"$root"} is in the way and cannot be moved: $said"
  return 1
}

folder_make() {
  folder_homes
  process_start $$
  boot_id
  folder_said=''
  for folder in "$folder_home" "$folder_second"; do
    [ -d "${folder%/provision/runs}" ] || continue
    if within 60 folder_write "$folder" "$1"; then
      run_dir=$folder/$run_id journal=$folder/$run_id/journal
      journal_sync "$run_dir/program" "$run_dir/process" "$run_dir/end" "$run_dir/open" "$run_dir" "$folder"
      return 0
    fi
    folder_said="${folder_said:+$folder_said; }${folder#"$root"}: $said"
  done
  run_outcome=refused
  run_reason="no journal of this run can be kept, so nothing could mend it after a power cut: ${folder_said:-there is neither /var/lib nor /run}"
  return 1
}

# Complete or not there at all: it takes its name last.
folder_write() {
  mkdir -p "$1" || return
  [ ! -d "$1/.new" ] || folder_remove "$1/.new"
  mkdir "$1/.new" &&
    printf '%s' "$2" >"$1/.new/program" &&
    printf '%s\n' "$run_holder" >"$1/.new/holder" &&
    printf '%-80s\n' "$$ $started $boot" >"$1/.new/process" &&
    printf '%1000s\n' '' >"$1/.new/end" &&
    true >"$1/.new/journal" &&
    true >"$1/.new/open" &&
    mv "$1/.new" "$1/$run_id"
}

# Whether there is a run that never told its outcome; its name in $folder_other.
folder_unfinished() {
  folder_homes
  for folder_other in "$folder_home"/*/open "$folder_second"/*/open; do
    [ -e "$folder_other" ] || continue
    folder_other=${folder_other%/open}
    folder_other=${folder_other##*/}
    return 0
  done
  return 1
}

# folder_again: for a run that is to be taken back. $booted_since: the host was booted since, or nobody knows.
folder_again() {
  booted_since=yes
  folder_find "$run_id" || return 0
  first_line "$run_dir/process"
  # shellcheck disable=SC2086 # three words
  set -- $line
  process_state "$@"
  case $process_is in
    alive)
      run_outcome=locked run_reason="run $run_id is at work (process $1 on the host)"
      return 1
      ;;
    gone) booted_since='' ;;
  esac
}

# folder_resign TEXT: from here on the run is at work again. One that the host has forgotten gets a new folder.
folder_resign() {
  if [ -z "$run_dir" ]; then
    folder_make "$1"
    return
  fi
  process_start $$
  boot_id
  within 60 folder_sign || {
    run_outcome=refused run_reason="${run_dir#"$root"} cannot be written: $said"
    return 1
  }
  journal=$run_dir/journal
}

# Over what is there already: for that no room is needed.
folder_sign() {
  printf '%-80s\n' "$$ $started $boot" 1<>"$run_dir/process" &&
    true >>"$run_dir/open"
}

# The run is over, and it says how. Its folder stays; of those that are over, the last 20.
folder_close() {
  [ -n "$journal" ] || return 0
  [ -z "$run_reason" ] || journal_line run reason "$run_reason"
  journal_line run outcome "$run_outcome"
  within 60 folder_end
  journal_sync "$journal" "$run_dir/end"
  within 60 rm -f "$run_dir/open"
  within 60 folder_prune "${run_dir%/*}"
}

folder_end() {
  one_line "$run_reason"
  printf '%s %s\n%-800.800s\n' "$run_outcome" "${journal_torn:-whole}" "$one_line" 1<>"$run_dir/end"
}

folder_prune() {
  cd "$1" || return
  folder_count=0
  # The newest first. Names of runs have no blanks.
  # shellcheck disable=SC2045
  for folder in $(ls -1t); do
    [ ! -e "$folder/open" ] || continue
    folder_count=$((folder_count + 1))
    # A clock that was set back makes this run the oldest of all.
    [ $folder_count -le 20 ] || [ "$folder" = "$run_id" ] || folder_remove "$folder"
  done
}

# Never rm -r: this runs as root.
folder_remove() {
  rm -f "$1/program" "$1/holder" "$1/process" "$1/journal" "$1/open" "$1/end"
  rmdir "$1"
}
