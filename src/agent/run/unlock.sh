# shellcheck shell=sh
# Looking at the lock from outside of a run, and taking away that of a run that is gone.

# lock_main ROOT NONCE look|remove
lock_main() {
  sane_environment
  root=$1 journal='' holding='' run_outcome='' run_reason='' lock_did=$3
  wire_begin "$2"
  if unlock_find; then
    unlock_look
    [ "$lock_did" != remove ] || unlock_remove
  fi
  wire_end
} 2>/dev/null

unlock_find() {
  for lock_home in "$root/run/provision" "$root/var/run/provision" "$root/var/lib/provision"; do
    if [ -d "$lock_home" ] && [ ! -x "$lock_home" ]; then
      unreadable lock state "${lock_home#"$root"} is for root only"
      return 1
    fi
    lock_dir=$lock_home/lock
    [ ! -d "$lock_dir" ] || return 0
  done
  known lock state none
  return 1
}

unlock_look() {
  lock_state=gone
  lock_stale || lock_state=alive
  known lock path "${lock_dir#"$root"}"
  known lock holder "$lock_owner"
  known lock process "${lock_process%% *}"
  known lock boot "$lock_boot"
  [ -z "$run_reason" ] || known lock reason "$run_reason"
  known lock state "$lock_state"
}

unlock_remove() {
  [ "$lock_state" = gone ] || return 0
  if lock_clear_stale; then known lock removed yes; else known lock removed no; fi
}
