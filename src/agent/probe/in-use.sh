# shellcheck shell=sh
# Who uses drives now: open files and mounts of all processes, by one listing; exports of the kernel; what links that
# the kernel was given lead to.

# probe_processes: one `ls` for the mount namespaces and the open files of everybody. Leaves in $others a word
# `PID=NAMESPACE` for each mount namespace but ours, PID being the lowest in it.
probe_processes() {
  others=' ' links=''
  process_lines=
  processes_why=
  if cd "$root/proc"; then
    # /dev/null makes it several arguments, so that each folder gets its heading. Errors come with the lines: every ls
    # writes out what it has before it complains, so that no line is torn.
    # shellcheck disable=SC2010 # /proc has no odd names
    process_lines=$(ls -ln self/ns/mnt [0-9]*/ns/mnt [0-9]*/fd /dev/null 2>&1 | grep -E "$process_pattern")
    process_hidden
    cd /
  fi
  own_ns=${process_lines#*" self/ns/mnt -> mnt:["}
  own_ns=${own_ns%%]*}
  # Nothing of others was listed: too many processes for one command line, perhaps.
  case $process_lines in
    *" self/ns/mnt -> mnt:["*'/fd:'*) ;;
    *) processes_why='/proc cannot be listed' ;;
  esac
  [ "$uid" = 0 ] || [ -n "$root" ] || processes_why='only root sees what other processes have'
  if [ -z "$processes_why" ]; then
    set -f
    IFS=$nl
    process_denied
    set +f
    IFS=" $tab$nl"
  fi
  if [ -n "$processes_why" ]; then
    unreadable host open_files "$processes_why"
    return
  fi
  known host open_files ''
  process_last=
  set -f
  IFS=$nl
  for line in $process_lines; do
    case $line in
      *'/ns/mnt -> mnt:'*) process_namespace ;;
      */fd:) pid=${line%/fd:} ;;
      *' -> '*) process_file "${line#*" -> "}" ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
}

process_pattern='^ls: |/fd:$|/ns/mnt -> mnt:| -> (/dev/(nvme|ng[0-9]|vfio/|uio[0-9]|dm-|mapper/|md|loop[0-9]|bcache)|/var/tmp/spdk_pci_lock_|anon_inode:\[?vfio-device)| -> .*/(nvme|ng)[0-9][0-9cnp]*( \(deleted\))?$'

# process_hidden: with hidepid nothing in the folder of another process can be seen, or not even the folder. PID 1 is
# there in every PID namespace.
process_hidden() {
  [ -e 1/fd ] || processes_why='/proc/1 cannot be looked into; is /proc mounted with hidepid?'
}

# process_denied: whether the listing left out somebody. Who has ended meanwhile is no matter.
process_denied() {
  for line in $process_lines; do
    case $line in
      'ls: '*': No such file or directory' | 'ls: '*': No such process') ;;
      'ls: '*)
        processes_why="what other processes have open cannot all be seen ($line)"
        return
        ;;
    esac
  done
}

# `lrwxrwxrwx 1 0 0 0 Nov 24 22:18 812/ns/mnt -> mnt:[4026532210]`
process_namespace() {
  ns=${line##*"-> mnt:["}
  ns=${ns%]}
  [ "$ns" != "$own_ns" ] || return 0
  pid=${line%"/ns/mnt -> "*}
  pid=${pid##* }
  case $others in
    *"=$ns "*)
      other=${others%%"=$ns "*}
      other=${other##* }
      [ "$pid" -lt "$other" ] || return 0
      others="${others%%" $other=$ns "*} $pid=$ns ${others#*" $other=$ns "}"
      ;;
    *) others="$others$pid=$ns " ;;
  esac
}

process_file() {
  case $1 in
    /dev/vfio/vfio | /dev/mapper/control | /dev/nvme-fabrics) return 0 ;;
  esac
  if [ "$pid" != "$process_last" ]; then
    process_last=$pid
    process_command "open/$pid"
  fi
  known "open/$pid" path "$1"
}

process_command() {
  first_line "$root/proc/$pid/comm" || line=
  known "$1" command "$line"
}

# other_mount PID LINE: a line of mountinfo from another namespace, if it may concern a drive or is what the others lie
# on. `30 1 259:64 / /in rw - ext4 /dev/nvme1n1 rw`
other_mount() {
  other=${2#* }
  other=${other#* }
  case $other in
    [1-9]* | *' - btrfs '* | *' - '*' /dev/'*) ;;
    *)
      other=${other#* }
      case ${other#* } in '/ '*) ;; *) return 0 ;; esac
      ;;
  esac
  if [ "$1" != "$process_last" ]; then
    process_last=$1 pid=$1
    process_command "other/$1"
  fi
  known "other/$1" mount "$2"
  note_parts "$2"
}

# probe_others TEXTS: what is to be said of the mounts in other namespaces once the lines of their processes are told.
probe_others() {
  if [ -n "$processes_why" ]; then
    unreadable host other_mounts "$processes_why"
    return
  fi
  others_why=
  for entry in $others; do
    case $1 in
      *"$root/proc/${entry%%=*}/mountinfo:"*) ;;
      *) other_stand_in "${entry%%=*}" "${entry#*=}" ;;
    esac
  done
  if [ -n "$others_why" ]; then
    unreadable host other_mounts "$others_why"
  else
    known host other_mounts ''
  fi
}

# other_stand_in PID NAMESPACE: that process has ended meanwhile; any other one in there will do. With none left nobody
# has the namespace any more.
other_stand_in() {
  set -f
  IFS=$nl
  for line in $process_lines; do
    case $line in
      *"/ns/mnt -> mnt:[$2]") ;;
      *) continue ;;
    esac
    pid=${line%"/ns/mnt -> "*}
    pid=${pid##* }
    [ "$pid" != "$1" ] || continue
    other_lines=0
    while IFS= read -r text; do
      other_mount "$pid" "$text"
      other_lines=$((other_lines + 1))
    done <"$root/proc/$pid/mountinfo"
    [ $other_lines -eq 0 ] || break
    [ ! -d "$root/proc/$pid" ] || others_why="/proc/$pid/mountinfo cannot be read"
  done
  [ ! -d "$root/proc/$1" ] || others_why="/proc/$1/mountinfo cannot be read"
  set +f
  IFS=" $tab$nl"
}

# note_parts LINE: the log or realtime device of an XFS, if it was named by a link.
note_parts() {
  note_rest=$1
  while :; do
    case $note_rest in
      *[,\ ]logdev=* | *[,\ ]rtdev=*) ;;
      *) return 0 ;;
    esac
    note_path=${note_rest#*[,\ ][lr][ot]*dev=}
    note_rest=$note_path
    note_link "${note_path%%[, ]*}"
  done
}

note_link() {
  if [ -L "$root$1" ] && [ -e "$root$1" ]; then
    case "$links$nl" in *"$nl$1$nl"*) ;; *) links="$links$nl$1" ;; esac
  fi
}

# What nvmet and LIO serve. Only what is enabled keeps its device open.
probe_exports() {
  configfs=$root/sys/kernel/config
  exports_why=
  export_tree nvmet nvmet
  export_tree target_core_mod target
  for file in "$configfs"/nvmet/subsystems/*/namespaces/*/device_path "$configfs"/nvmet/subsystems/*/passthru/device_path; do
    [ ! -e "$file" ] || export_found nvmet "$file" "$configfs/nvmet/"
  done
  for file in "$configfs"/target/core/*/*/udev_path; do
    [ ! -e "$file" ] || export_found lio "$file" "$configfs/target/"
  done
  if [ -n "$exports_why" ]; then
    unreadable host exports "$exports_why"
  else
    known host exports ''
  fi
}

# export_tree MODULE FOLDER
export_tree() {
  [ -d "$root/sys/module/$1" ] && [ ! -d "$configfs/$2" ] &&
    exports_why="the module $1 is loaded, but there is no /sys/kernel/config/$2; is configfs mounted?"
}

# export_found BY FILE PREFIX
export_found() {
  if ! first_line "${2%/*}/enable"; then
    exports_why="${2#"$root"} has no readable \`enable\` beside it"
  elif [ "$line" != 0 ]; then
    if first_line "$2"; then
      known export by "$1"
      other=${2%/*}
      known export name "${other#"$3"}"
      known export path "$line"
      note_link "$line"
    else
      exports_why="${2#"$root"} cannot be read"
    fi
  fi
}

# What the links lead to that were met on the way. One readlink, and none where there are no links.
probe_links() {
  set --
  set -f
  IFS=$nl
  for link in $links; do
    set -- "$@" "$root$link"
  done
  if [ $# -gt 0 ]; then
    targets=$(readlink -f "$@")
    for target in $targets; do
      [ $# -gt 0 ] || break
      known resolved link "${1#"$root"}"
      known resolved target "${target#"$root"}"
      shift
    done
  fi
  set +f
  IFS=" $tab$nl"
}
