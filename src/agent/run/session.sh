# shellcheck shell=sh
# Out of the login session: where logind has KillUserProcesses=yes, or somebody ends the session, systemd stops all
# that belongs to it. A run is not the session's business any more.

leave_session() {
  session_group_now
  case $session_group in
    */session-*.scope* | */user@*) ;;
    *) return 0 ;;
  esac
  session_family
  session_scope || session_root
  # systemd answers before it has moved them.
  wait_for 5 session_left
  event run session "$session_group"
}

# In $session_group the control group by which systemd knows this process. Empty where there is none.
session_group_now() {
  session_group=''
  while IFS= read -r line; do
    case $line in
      0::/?* | *:name=systemd:*) session_group=${line#*:*:} ;;
    esac
  done <"$root/proc/$$/cgroup"
}

session_left() {
  session_group_now
  case $session_group in
    */session-*.scope* | */user@*) return 1 ;;
  esac
}

# This shell, and the sudo above it: that hands on each signal that it gets, and would get the session's.
session_family() {
  session_pids=$$ session_count=1 session_pid=$PPID
  while first_line "$root/proc/$session_pid/comm"; do
    case $line in sudo | sudo-rs) ;; *) break ;; esac
    session_pids="$session_pids $session_pid" session_count=$((session_count + 1))
    process_start "$session_pid"
    session_pid=${process_parent:-0}
  done
}

# A scope of its own. When the host shuts down, systemd asks it to stop, which it does by taking everything back.
session_scope() {
  [ -d "$root/run/systemd/system" ] || return
  # shellcheck disable=SC2086 # numbers
  within 15 busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
    StartTransientUnit 'ssa(sv)a(sa(sv))' "provision-$run_id-$$.scope" fail \
    3 PIDs au $session_count $session_pids Description s "provision run $run_id" TimeoutStopUSec t 300000000 0
}

# Without busctl: the root of the hierarchy, which no unit owns.
session_root() {
  for session_tree in "$root/sys/fs/cgroup" "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"; do
    [ -w "$session_tree/cgroup.procs" ] || continue
    for session_pid in $session_pids; do
      write_to "$session_tree/cgroup.procs" "$session_pid" 10
    done
  done
}
