# shellcheck shell=sh
# forget BDF JSON: the drive is back, and its record has done its work. JSON is for the way back.

forget_check() {
  record_file "$1"
  said="there is no ${record#"$root"}"
  [ -e "$record" ] || [ -e "$record.new" ] || return 0
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
