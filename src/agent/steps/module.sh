# shellcheck shell=sh
# module NAME loaded|unloaded

module_check() {
  module_dir "$1"
  if module_builtin "$1"; then
    said="$1 is built into the kernel"
    return 0
  fi
  said="$1 is $2 already"
  ! module_is "$2" || return 0
  ! { [ -n "$taking" ] && module_others "$@"; } || return 0
  return 1
}

# Unloading a driver takes every device from it, also those that others have given it since.
module_others() {
  if [ -n "$booted_since" ]; then
    said="$1 is $2 no longer since the host was booted, which was not this run's doing"
    [ "$2" = loaded ] || said="$1 was loaded by something else: the host was booted since"
    return 0
  fi
  [ "$2" = unloaded ] || return 1
  module_driver=$1
  [ "$1" != vfio_iommu_type1 ] || module_driver=vfio-pci
  for module_device in "$root/sys/bus/pci/drivers/$module_driver"/*:*; do
    [ -e "$module_device" ] || [ -L "$module_device" ] || continue
    said="$1 stays loaded: ${module_device##*/} is on $module_driver by now"
    return 0
  done
  return 1
}

module_do() {
  case $2 in
    loaded) within 120 modprobe "$1" ;;
    unloaded) within 120 modprobe -r "$1" ;;
  esac
}

module_prove() {
  module_is "$2" || module_builtin "$1" || {
    said="modprobe reported success, but ${module_dir#"$root"} says that $1 is not $2"
    return 1
  }
  said="$1 is $2"
}

# The kernel writes every `-` of a name as `_`.
module_dir() {
  replace "$1" - _
  module_dir=$root/sys/module/$replaced
}

# A module that was loaded has its state there; one that is built in does not.
module_is() {
  case $1 in
    loaded) [ -d "$module_dir" ] ;;
    unloaded) ! [ -d "$module_dir" ] ;;
  esac
}

module_builtin() {
  [ -d "$module_dir" ] && ! [ -e "$module_dir/initstate" ]
}
