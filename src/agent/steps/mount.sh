# shellcheck shell=sh
# mount BDF NSID PARTITION TARGET FSTYPE OPTIONS ROOT

mount_check() {
  place_of "$1" "$2" "$3" || return 2
  said="/dev/$node is on $4 already"
  ! mounted_here "$4" "$7" || return 0
  if [ -n "$on_id" ]; then
    said="$on_source ($on_fstype) is mounted on $4; unmount it first"
    return 2
  elif ! [ -e "$root$4" ]; then
    quote "$4"
    said="the mount point $4 does not exist; make it first: mkdir $quoted"
    return 2
  fi
  return 1
}

mount_do() {
  mount_options "$6"
  if mount_whole "$5" "$7"; then
    within 300 mount -t "$5" -o "$options" "/dev/$node" "$4"
  else
    mount_part "$4" "$5" "$7"
  fi || {
    mount_status=$?
    # systemd mounts what is in fstab as soon as the device is back, and may have been faster.
    [ $mount_status != 4 ] && mounted_here "$4" "$7" || return $mount_status
  }
}

mount_prove() {
  if mounted_here "$4" "$7"; then
    said="/dev/$node is on $4"
    return 0
  fi
  said="mount reported success, but mountinfo does not have /dev/$node on $4"
  return 1
}

# mount_whole FSTYPE ROOT: whether one mount does it. btrfs takes a subvolume as an option.
mount_whole() {
  [ "$2" != / ] || return 0
  [ "$1" = btrfs ] || return 1
  case ,$options, in
    *",subvol=$2,"*) return 0 ;;
    *,subvol=*) return 1 ;;
  esac
  options=${options:+$options,}subvol=$2
}

# mount_part TARGET FSTYPE ROOT: a folder of a filesystem, by way of a mount of the whole that is gone afterwards.
mount_part() {
  mount_whole_at=$lock_home/mount.$$
  mkdir "$mount_whole_at"
  within 300 mount -t "$2" -o "$options" "/dev/$node" "$mount_whole_at" || {
    mount_status=$?
    rmdir "$mount_whole_at"
    return $mount_status
  }
  within 60 mount -o bind "$mount_whole_at$3" "$1" && mount_flags "$1"
  mount_status=$? mount_said=$said
  within 60 umount "$mount_whole_at" && rmdir "$mount_whole_at"
  said=$mount_said
  return $mount_status
}

# A bind mount has flags of its own (ro, nosuid, …), which only a second call sets.
mount_flags() {
  mount_flags=''
  set -f
  IFS=,
  for mount_option in $options; do
    case $mount_option in
      ro | rw | nosuid | nodev | noexec | noatime | nodiratime | relatime | strictatime)
        mount_flags=$mount_flags,$mount_option
        ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
  within 60 mount -o "remount,bind$mount_flags" "$1"
}

# What mountinfo shows but mount refuses to be told, taken out; the rest in $options.
mount_options() {
  options=''
  set -f
  IFS=,
  for mount_option in $1; do
    case $mount_option in
      seclabel) ;;
      *) options=${options:+$options,}$mount_option ;;
    esac
  done
  set +f
  IFS=" $tab$nl"
  options=${options:-defaults}
}
