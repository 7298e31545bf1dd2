# shellcheck shell=sh
# One run at a time on a host. The lock is a folder, because making one is atomic everywhere:
#   owner    one line: who runs this, from where, since when
#   process  PID, start time and boot of the shell that holds it; when that shell and its children are gone, the lock
#            is stale

# lock_take: otherwise $run_outcome is `locked` or `refused` and $run_reason says why.
lock_take() {
  lock_find_home || return
  lock_dir=$lock_home/lock
  if ! mkdir "$lock_dir"; then
    lock_stale || return
    if ! { lock_clear_stale && mkdir "$lock_dir"; }; then
      run_outcome=locked run_reason='another run took over the stale lock at the same moment'
      return 1
    fi
  fi
  if ! lock_sign; then
    lock_drop
    run_outcome=refused run_reason="there is no room in ${lock_home#"$root"} to hold a lock"
    return 1
  fi
}

lock_sign() {
  process_start $$
  boot_id
  printf '%s\n' "$run_holder" >"$lock_dir/owner" &&
    printf '%s\n' "$$ $started $boot" >"$lock_dir/process" &&
    said_reserve
}

# Only folders that nobody but root can write to will do; the first choice is where the probe looks.
lock_find_home() {
  for lock_home in "$root/run/provision" "$root/var/run/provision" "$root/var/lib/provision"; do
    [ -d "${lock_home%/*}" ] || continue
    [ -d "$lock_home" ] || mkdir "$lock_home" || continue
    [ ! -w "$lock_home" ] || return 0
  done
  run_outcome=refused
  run_reason='neither /run/provision nor /var/lib/provision can be written, so this run cannot be kept apart from others; is this root?'
  return 1
}

# lock_stale: true when the one who took the lock is gone. Its process file may be a moment late.
lock_stale() {
  if ! [ -d "$lock_dir" ]; then
    run_outcome=refused run_reason="${lock_dir#"$root"} cannot be made"
    return 1
  fi
  lock_tries=0
  until first_line "$lock_dir/process" || [ $lock_tries -ge 5 ]; do
    lock_tries=$((lock_tries + 1))
    sleep 1
  done
  lock_process=$line
  first_line "$lock_dir/owner"
  lock_owner=$line
  # shellcheck disable=SC2086 # three words
  set -- $lock_process
  process_state "$@"
  lock_boot=same
  case $process_is in
    alive) run_reason="$lock_owner (process $1 on the host)" ;;
    gone) lock_orphans || return 0 ;;
    *)
      lock_boot=other
      return 0
      ;;
  esac
  run_outcome=locked
  return 1
}

# The agent may have been killed while a child of it waits for the kernel: a write that is still to come must not hit
# a host that somebody else works on. Each child has $lock_dir/said open.
lock_orphans() {
  who_has "$lock_dir/said"
  case $? in
    0) run_reason="$lock_owner; it was killed, and what it had begun is not over: $who" ;;
    1) return 1 ;;
    *) run_reason="$lock_owner; it is gone, but whether it has left something at work cannot be told: $who_why" ;;
  esac
}

# Moved aside first: of two that find it stale only one can. Who finds a fresh lock in hand puts it back.
lock_clear_stale() {
  mv "$lock_dir" "$lock_dir.$$" || return
  first_line "$lock_dir.$$/process"
  if [ "$line" != "$lock_process" ]; then
    mv "$lock_dir.$$" "$lock_dir"
    return 1
  fi
  lock_remove "$lock_dir.$$"
  lock_was=${lock_owner:-it left no name}
}

lock_drop() {
  lock_remove "$lock_dir"
}

# Never rm -r: this runs as root.
lock_remove() {
  rm -f "$1/owner" "$1/process" "$1/said" "$1/program" "$1"/ended.*
  rmdir "$1"
}
