# shellcheck shell=sh
# umount BDF NSID PARTITION TARGET FSTYPE OPTIONS ROOT: never lazily, never by force.

umount_check() {
  said="nothing is mounted on $4"
  mounted_on "$4" || return 0
  # With it the journal of this very run would be gone, and the records of the drives.
  if [ "$going" = forward ]; then
    umount_kept=/var/lib/provision/
    case $umount_kept in
      "${4%/}"/*)
        said="$4 holds the journal of this run and the records of drives"
        return 2
        ;;
    esac
  fi
  if ! place_of "$1" "$2" "$3"; then
    [ -n "$taking" ] || return 2
    return 0
  fi
  if ! mounted_here "$4" "$7"; then
    if [ -n "$taking" ]; then
      said="/dev/$node is not on $4"
      return 0
    fi
    said="$on_source ($on_fstype) is mounted on top of $4, not /dev/$node"
    return 2
  fi
  umount_id=$on_id
  return 1
}

umount_do() {
  within 600 umount "$4" || {
    umount_status=$?
    who_has "$4" && said="$said; $who"
    return $umount_status
  }
}

umount_prove() {
  said="umount reported success, but mountinfo still has /dev/$node on $4"
  ! still_mounted "$umount_id" || return 1
  said="/dev/$node is no longer on $4"
}
