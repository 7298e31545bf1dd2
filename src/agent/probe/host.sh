# shellcheck shell=sh
# Who the host is and what kernel runs.

# A host without Linux's /proc is asked by tools what it is, and nothing else.
probe_kernel() {
  if first_line "$root/proc/sys/kernel/ostype"; then
    kernel_name=$line
    effective_uid
  else
    kernel_name=$(uname -s)
    uid=$(id -u)
  fi
  known host kernel_name "$kernel_name"
  known host uid "$uid"
}

# /proc/self is this shell as long as a builtin opens it.
effective_uid() {
  uid=
  while read -r uid_key _ uid_effective _; do
    [ "$uid_key" = Uid: ] || continue
    uid=$uid_effective
    break
  done </proc/self/status
  [ -n "$uid" ] || uid=$(id -u)
}

probe_host() {
  report host hostname "$root/proc/sys/kernel/hostname"
  report host kernel_release "$root/proc/sys/kernel/osrelease"
  kernel_release=$line
  report host boot_id "$root/proc/sys/kernel/random/boot_id"
  report host cmdline "$root/proc/cmdline"
  # An image made to be cloned has an empty machine-id until its first boot.
  if [ -e "$root/etc/machine-id" ] && [ ! -s "$root/etc/machine-id" ]; then
    absent host machine_id
  else
    report host machine_id "$root/etc/machine-id"
  fi
  probe_lockdown
  probe_resume
  probe_lock
  probe_unfinished
}

# `none [integrity] confidentiality`: the one in brackets holds.
probe_lockdown() {
  if first_line "$root/sys/kernel/security/lockdown"; then
    line=${line#*\[}
    known host lockdown "${line%%]*}"
  else
    report host lockdown "$root/sys/kernel/security/lockdown"
  fi
}

probe_resume() {
  if first_line "$root/sys/power/resume" && [ "$line" = 0:0 ]; then
    absent host resume
  else
    report host resume "$root/sys/power/resume"
  fi
}

# A lock that is just being taken has no owner yet, and is a lock all the same.
probe_lock() {
  lock=$root/run/provision/lock
  if [ -r "$lock/owner" ]; then
    lock_lines=0
    while IFS= read -r line || [ -n "$line" ]; do
      known host lock "$line"
      lock_lines=$((lock_lines + 1))
    done <"$lock/owner"
    [ $lock_lines -gt 0 ] || known host lock ''
  elif [ -e "$lock/owner" ]; then
    unreadable host lock '/run/provision/lock/owner cannot be read'
  elif [ -d "$lock" ] && [ -x "$lock" ]; then
    known host lock ''
  else
    report_missing host lock "$lock/owner"
  fi
}
