# shellcheck shell=sh
# forget BDF JSON: the drive is back, and its record has done its work. JSON is for the way back.

forget_check() {
  record_file "$1"
  said="there is no ${record#"$root"}"
  [ -e "$record" ] || [ -e "$record.new" ] || return 0
  # The record is the only memory of who a drive is while it is away.
  if drive_at "$1"; then
    case $driver in
      '' | vfio-pci | uio_pci_generic | igb_uio)
        said="$1 is on ${driver:-no driver}; its record is kept until it is back with the kernel"
        return 2
        ;;
    esac
  fi
  return 1
}

forget_do() {
  within 60 rm -f "$record" "$record.new"
}

forget_prove() {
  said="${record#"$root"} is still there"
  ! [ -e "$record" ] || return 1
  said="${record#"$root"} is removed"
}
