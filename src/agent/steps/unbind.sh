# shellcheck shell=sh
# unbind BDF DRIVER SERIAL blank|data: the kernel never refuses this, whatever is mounted or running. So everything
# that the plan relied on is looked at once more, here, right before the write.

unbind_check() {
  drive_at "$1" || {
    said="no PCI device is at $1"
    return 2
  }
  said="$1 has no driver"
  [ -n "$driver" ] || return 0
  if [ "$driver" != "$2" ]; then
    said="$1 is on $driver, not on $2"
    # A boot may have brought it back.
    [ -n "$taking" ] && back_leads_to "$1" "$driver" || return 2
    said="$1 is on $driver already"
    return 0
  fi
  if other_serial "$3"; then
    said="the drive at $1 has serial ${serial:-unreadable}, the plan saw $3"
    return 2
  fi
  case $2 in
    nvme) unbind_unused "$4" || return 2 ;;
    *) unbind_unheld || return 2 ;;
  esac
  return 1
}

unbind_do() {
  write_to "$root/sys/bus/pci/drivers/$2/unbind" "$1" 180 && return
  unbind_status=$? unbind_said=$said
  unbind_unheld || unbind_said="$unbind_said; $said"
  said=$unbind_said
  return $unbind_status
}

unbind_prove() {
  drive_at "$1"
  said="the kernel reported success, but $1 is on $driver"
  [ -z "$driver" ] || return 1
  said="$1 has no driver"
}

# A user-space driver: somebody who drives the drive now. If they do not answer, unbinding waits for them in the
# kernel for ever, with the device locked.
unbind_unheld() {
  set --
  for unbind_dir in "$drive"/uio/uio* "$drive"/vfio-dev/vfio*; do
    case $unbind_dir in
      *'*') ;;
      */uio/*) set -- "$@" "/dev/${unbind_dir##*/}" ;;
      *) set -- "$@" "/dev/vfio/devices/${unbind_dir##*/}" ;;
    esac
  done
  if [ -L "$drive/iommu_group" ] && cd -P "$drive/iommu_group"; then
    set -- "$@" "/dev/vfio/${PWD##*/}" "/dev/vfio/noiommu-${PWD##*/}"
    cd /
  fi
  # Its lock file: SPDK keeps it open; one that nobody has open is left over and holds nothing.
  unbind_open "$@" "/var/tmp/spdk_pci_lock_${drive##*/}"
}

# A drive on nvme: nobody may have any part of it, in whatever mount namespace; with `blank` nothing may be on it.
unbind_unused() {
  # The nvme driver without a controller has no block devices, and nothing of it can be in use.
  drive_controller || return 0
  ! each_block unbind_claimed || return 1
  [ "$1" != blank ] || ! each_block unbind_signed || return 1
  within 60 udevadm settle --timeout=30
  unbind_tries=0
  while ! { ! each_block unbind_live && unbind_nodes_closed; }; do
    # udev looks into a device after each unmount, and a superblock may outlive the umount for a moment.
    unbind_tries=$((unbind_tries + 1))
    [ $unbind_tries -lt 5 ] || return 1
    sleep 1
  done
}

# unbind_claimed NAME: mounted, swapped on or stacked upon.
unbind_claimed() {
  for unbind_holder in "$root/sys/class/block/$1/holders"/*; do
    [ -e "$unbind_holder" ] || [ -L "$unbind_holder" ] || continue
    said="/dev/$1 is held by /dev/${unbind_holder##*/}"
    return 0
  done
  for unbind_loop in "$root"/sys/class/block/loop*/loop/backing_file; do
    first_line "$unbind_loop" || continue
    [ "$line" = "/dev/$1" ] || continue
    said="/dev/$1 is under the loop device ${unbind_loop#"$root"}"
    return 0
  done
  if swap_on "$1"; then
    said="/dev/$1 is used as swap"
    return 0
  fi
  unbind_exported "$1" && return 0
  first_line "$root/sys/class/block/$1/dev" || {
    said="/sys/class/block/$1/dev cannot be read"
    return 0
  }
  unbind_mounted "$1" "$line"
}

# unbind_exported NODE: served by nvmet or LIO, which no process and no holder shows. By whatever link it was named.
unbind_exported() {
  for unbind_export in "$root"/sys/kernel/config/nvmet/subsystems/*/namespaces/*/device_path \
    "$root"/sys/kernel/config/nvmet/subsystems/*/passthru/device_path "$root"/sys/kernel/config/target/core/*/*/udev_path; do
    first_line "${unbind_export%/*}/enable" || continue
    [ "$line" != 0 ] || continue
    first_line "$unbind_export" || continue
    # shellcheck disable=SC3013 # dash, bash and busybox have it
    [ "$line" = "/dev/$1" ] || [ "$root$line" -ef "$root/dev/$1" ] || continue
    said="/dev/$1 is exported by the kernel: ${unbind_export#"$root"}"
    return 0
  done
  return 1
}

# unbind_part NAME MOUNT: whether the line of mountinfo names it as log or realtime device, by whatever link.
unbind_part() {
  unbind_rest=$2
  while :; do
    case $unbind_rest in
      *[,\ ]logdev=* | *[,\ ]rtdev=*) ;;
      *) return 1 ;;
    esac
    unbind_rest=${unbind_rest#*[,\ ][lr][ot]*dev=}
    unbind_path=${unbind_rest%%[, ]*}
    [ "$unbind_path" != "/dev/$1" ] || return 0
    # shellcheck disable=SC3013
    ! [ "$root$unbind_path" -ef "$root/dev/$1" ] || return 0
  done
}

# unbind_mounted NAME MAJMIN: in the mount namespace of any process. One grep for all of them.
unbind_mounted() {
  if ! { cd "$root/proc" && [ -r self/mountinfo ]; }; then
    said='/proc/self/mountinfo cannot be read'
    return 0
  fi
  unbind_mounts=$(grep -s -H -e "^[0-9]* [0-9]* $2 " -e " - [^ ]* /dev/$1 " -e '[ ,]logdev=' -e '[ ,]rtdev=' \
    self/mountinfo [0-9]*/mountinfo)
  unbind_status=$?
  cd /
  if [ $unbind_status -gt 2 ]; then
    said="the mounts of all processes cannot be searched (grep ended with $unbind_status)"
    return 0
  fi
  unbind_mount=''
  set -f
  IFS=$nl
  for unbind_line in $unbind_mounts; do
    case $unbind_line in
      *" $2 "* | *" - "*" /dev/$1 "*) unbind_how='is mounted' ;;
      *)
        unbind_part "$1" "$unbind_line" || continue
        unbind_how='is the log or realtime device of what is mounted'
        ;;
    esac
    unbind_mount=$unbind_line
    break
  done
  set +f
  IFS=" $tab$nl"
  [ -n "$unbind_mount" ] || return 1
  unbind_pid=${unbind_mount%%/*}
  set -f
  # shellcheck disable=SC2086 # words
  set -- "$1" ${unbind_mount#*:}
  set +f
  unescaped "$6"
  said="/dev/$1 $unbind_how on $unescaped"
  [ "$unbind_pid" = self ] || said="$said in the mount namespace of PID $unbind_pid"
  return 0
}

# unbind_live NAME: a filesystem that no mount shows any more (umount -l, a dead container) still writes to the drive.
unbind_live() {
  for unbind_fs in "$root"/sys/fs/*/"$1" "$root"/sys/fs/btrfs/*/devices/"$1"; do
    [ -e "$unbind_fs" ] || [ -L "$unbind_fs" ] || continue
    said="the kernel still has a filesystem open on /dev/$1 (${unbind_fs#"$root"}), though no mount shows it"
    return 0
  done
  return 1
}

# unbind_signed NAME: what libblkid or SPDK would know it by; what cannot be looked at counts as signed.
unbind_signed() {
  if ! within 60 wipefs -n "$root/dev/$1"; then
    said="whether /dev/$1 is blank cannot be told: $said"
    return 0
  elif [ -n "$said" ]; then
    said="/dev/$1 was blank in the plan and is no longer: $said"
    return 0
  fi
  unbind_magic=$(dd if="$root/dev/$1" bs=8 count=1 | tr -d '\000')
  [ "$unbind_magic" = SPDKBLOB ] || return 1
  said="/dev/$1 was blank in the plan and now holds an SPDK blobstore"
}

unbind_nodes_closed() {
  unbind_nodes=/dev/${controller##*/}
  # Served whole, through the controller.
  ! unbind_exported "${controller##*/}" || return 1
  each_block unbind_collect
  # Containers have nodes of their own, in folders of their own.
  who_anywhere=yes
  # shellcheck disable=SC2086 # kernel names, one word each
  unbind_open $unbind_nodes
  unbind_status=$?
  who_anywhere=
  return $unbind_status
}

unbind_collect() {
  unbind_nodes="$unbind_nodes /dev/$1"
  case $1 in *p*) ;; *) unbind_nodes="$unbind_nodes /dev/ng${1#nvme}" ;; esac
  return 1
}

# unbind_open NODE…: true when nobody has any of them open.
unbind_open() {
  [ $# -gt 0 ] || return 0
  who_has "$@"
  case $? in
    0) said=$who ;;
    1) return 0 ;;
    *) said="who has $* open cannot be told: $who_why" ;;
  esac
  return 1
}
