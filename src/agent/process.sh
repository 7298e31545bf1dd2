# shellcheck shell=sh
# Whether a process that signed something still lives: it is known by its PID, the clock tick of its start and the boot.

# process_start PID: in $started the clock tick of its start, by which a reused PID is told; fails when it is gone.
process_start() {
  started=unknown
  first_line "$root/proc/$1/stat" || return
  # The name stands in brackets and may hold spaces and brackets itself.
  # shellcheck disable=SC2086 # words
  set -- ${line##*) }
  process_parent=${2:-}
  [ $# -lt 20 ] || {
    shift 19
    started=$1
  }
}

boot_id() {
  first_line "$root/proc/sys/kernel/random/boot_id" || line=unknown
  boot=$line
}

# process_state PID START BOOT: what became of it, in $process_is: alive, gone (on this boot) or other_boot.
process_state() {
  boot_id
  process_is=gone
  if [ "${3:-}" != "$boot" ]; then
    process_is=other_boot
  elif process_start "${1:-0}" && [ "$started" = "${2:-}" ]; then
    process_is=alive
  fi
}
