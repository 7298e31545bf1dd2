# shellcheck shell=sh
# override BDF FROM TO: empty is none.

override_check() {
  drive_at "$1" || {
    said="no PCI device is at $1"
    return 2
  }
  override_now || {
    said="the driver_override of $1 cannot be read"
    return 2
  }
  said="the driver_override of $1 is ${override:-not set}"
  [ "$override" != "$3" ] || return 0
  if [ "$going" = forward ] && [ "$override" != "$2" ]; then
    said="$said, the plan saw ${2:-none}; something else sets it"
    return 2
  fi
  return 1
}

override_do() {
  write_to "$drive/driver_override" "$3" 60
}

override_prove() {
  override_now
  said="the driver_override of $1 is ${override:-not set}"
  [ "$override" = "$3" ]
}

# Of $drive, in $override. The kernel shows none as `(null)`.
override_now() {
  first_line "$drive/driver_override" || [ -e "$drive/driver_override" ] || return
  override=$line
  [ "$override" != '(null)' ] || override=''
}
