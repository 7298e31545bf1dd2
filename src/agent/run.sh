# shellcheck shell=sh
# The apply side of the agent: lock, recheck, the steps, on failure the way back, the probe that proves it, unlock.
# What it says while it works is the grammar of program.ts. The program calls `recheck`, `step`, `undo` and `carry_out`;
# a kind is three functions in steps/<kind>.sh, each called with the arguments of the call:
#   <kind>_check  0: it is so already, 1: it has to be done, else: it must not be done
#   <kind>_do     0: done, 1: failed, 4: the kernel has not come back from it
#   <kind>_prove  0: it is so now
# Each leaves in $said, on one line, what it saw.

# apply_main ROOT NONCE RUN HOLDER PROGRAM: ROOT is put before every path; empty but in tests.
apply_main() {
  run_begin "$@"
  if lock_take; then
    if folder_open "$5"; then
      event run begin "$run_id"
      event run holder "$run_holder"
      [ -z "$lock_was" ] || event lock stale "taken over from a run that is gone: $lock_was"
      event lock taken "${lock_dir#"$root"}"
      leave_session
      run_program "$run_dir/program"
    fi
    run_end
  else
    unreadable run facts 'not probed: nothing was touched'
  fi
  run_tell
} 2>/dev/null

# run_begin ROOT NONCE RUN HOLDER
run_begin() {
  sane_environment
  # The connection may go at any time. The steps then go on: half of them would be the worst of all ends.
  trap '' HUP PIPE INT QUIT
  run_stop=''
  trap 'run_stop=yes' TERM
  root=$1 run_id=$3 run_holder=$4
  wire_begin "$2"
  run_outcome='' run_reason='' run_failed='' run_hung='' run_done=' ' run_broken=' ' taking=''
  run_drives='' run_dir='' journal='' journal_slow='' journal_torn='' holding='' said='' lock_was=''
}

# run_program FILE [TEXT]: what is carried out is what the file holds, so that it can be read there afterwards.
# TEXT is put there first. Its last line calls carry_out.
run_program() {
  [ $# = 1 ] || within 60 run_keep "$1" "$2"
  # shellcheck source=/dev/null
  [ ! -r "$1" ] || . "$1"
  [ -n "$run_outcome" ] || run_outcome=refused run_reason="${1#"$root"} cannot be read back"
}

run_keep() {
  printf '%s' "$2" >"$1" || {
    rm -f "$1"
    return 1
  }
}

# carry_out RUN HOLDER USER…
carry_out() {
  shift 2
  if [ -n "$taking" ]; then back_transaction; else run_transaction; fi
  run_facts "$@"
}

# The journal is complete before the lock is gone.
run_end() {
  [ -n "$holding" ] || unreadable run facts 'not probed: nothing was touched'
  folder_close
  lock_drop
}

run_tell() {
  release_output
  [ -z "$run_reason" ] || {
    one_line "$run_reason"
    known run reason "$one_line"
  }
  known run outcome "$run_outcome"
  wire_end
}

run_transaction() {
  program_rechecks
  [ -z "$run_outcome" ] || return 0
  program_forward
  if [ -z "$run_failed" ]; then
    run_outcome=applied
  else
    run_outcome=rolled_back
    [ -z "$run_hung" ] || run_outcome=failed run_reason="step $run_failed has not come back from the kernel: $said"
    program_back
  fi
}

# The facts as the steps left them. They are held back until the lock is gone: on a dead connection that nobody has
# noticed yet a long answer fills the pipe, and waiting for it may take hours.
run_facts() {
  hold_output
  if [ "$run_outcome" = refused ]; then
    unreadable run facts 'not probed: nothing was touched'
  elif [ -n "$run_hung" ]; then
    unreadable run facts 'not probed: the kernel is stuck on a drive, and reading that drive would hang too'
  else
    probe "$root" "$@"
  fi
}

# recheck BDF DRIVER SERIAL: an empty DRIVER is none, an empty SERIAL is not looked at.
recheck() {
  run_drives="$run_drives $1"
  if [ -n "$taking" ]; then
    back_recheck "$@"
    return
  fi
  if ! drive_at "$1"; then
    said="no PCI device is at $1 any more"
  elif ! answers "$drive"; then
    said="the kernel does not answer for $1: an unbind or a reset of it seems to hang"
  elif [ "$driver" != "$2" ]; then
    said="$1 is on ${driver:-no driver}, the plan saw it on ${2:-no driver}"
  elif other_serial "$3"; then
    said="the drive at $1 has serial ${serial:-unreadable}, the plan saw $3"
  else
    event recheck "$1" ok
    return
  fi
  event recheck "$1" "$said"
  run_outcome=refused run_reason=${run_reason:-$said}
}

# step ID KIND ARG…: does nothing once a step has failed.
step() {
  [ -z "$run_failed" ] || return 0
  run_at="step/$1" run_step=$1 going=forward
  shift
  run_call "$@"
  case $? in
    0) run_done="$run_done$run_step " ;;
    1) ;;
    # A step that failed half way is taken back too.
    3) run_done="$run_done$run_step " run_failed=$run_step ;;
    *) run_failed=$run_step ;;
  esac
}

# undo ID KIND ARG…: only for a step that changed something.
undo() {
  case $run_done in *" $1 "*) ;; *) return 0 ;; esac
  run_at="undo/$1" run_step=$1
  shift
  if [ "$going" = look ]; then
    back_look "$@"
    return
  fi
  going=back
  case $run_broken in
    *" $2 "*)
      said="not tried: the kernel gave $2 up or is stuck on it since an earlier step"
      event "$run_at" begin "$1"
      event "$run_at" failed "$said"
      ;;
    *)
      run_call "$@"
      case $? in 0 | 1) return ;; esac
      ;;
  esac
  [ -n "$run_reason" ] || run_reason="the undo of step $run_step ($1) failed: $said"
  run_outcome=failed
  # What follows for this drive needs it back on its driver, and its record must outlive the failure.
  case $1 in bind | unbind | override | settle) run_broken="$run_broken$2 " ;; esac
}

# run_call KIND ARG…: 0 changed, 1 nothing to do, 2 failed with nothing touched, 3 failed half way.
run_call() {
  run_kind=$1
  shift
  event "$run_at" begin "$run_kind"
  if [ -n "$run_stop" ] && [ "$going" = forward ]; then
    said='this run was told to stop (SIGTERM)'
    event "$run_at" failed "$said"
    return 2
  fi
  said="no step of kind $run_kind is known here"
  "${run_kind}_check" "$@"
  case $? in
    0)
      event "$run_at" noop "$said"
      return 1
      ;;
    1) ;;
    *)
      event "$run_at" failed "$said"
      return 2
      ;;
  esac
  # What is begun is on the disk before it is done.
  journal_sync "$journal"
  said=
  "${run_kind}_do" "$@"
  case $? in
    0) ;;
    4)
      run_hung=yes run_broken="$run_broken$1 "
      event "$run_at" hung "$said"
      return 3
      ;;
    *)
      event "$run_at" failed "$said"
      return 3
      ;;
  esac
  if "${run_kind}_prove" "$@"; then
    event "$run_at" 'done' "$said"
  else
    event "$run_at" failed "$said"
    return 3
  fi
}
