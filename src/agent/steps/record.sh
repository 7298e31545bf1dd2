# shellcheck shell=sh
# record BDF JSON new|replace: the only memory of who a drive is and what was on it, once vfio-pci has it.

record_check() {
  record_file "$1"
  if ! [ -e "$record" ]; then
    return 1
  elif first_line "$record" && [ "$line" = "$2" ]; then
    said="${record#"$root"} says so already"
    return 0
  elif [ "$3" = replace ]; then
    return 1
  fi
  said="${record#"$root"} is there already and says something else; see what it is before you remove it"
  return 2
}

# Complete or not there at all: the new file takes its name only once it is on the disk.
record_do() {
  within 60 record_write "$record" "$2" || return
  within 60 sync "$record.new"
  within 60 mv "$record.new" "$record"
}

record_prove() {
  said=${record#"$root"}
  if first_line "$record" && [ "$line" = "$2" ]; then return 0; fi
  said="$said does not hold what was written to it"
  return 1
}

record_write() {
  mkdir -p "${1%/*}" && printf '%s\n' "$2" | dd of="$1.new"
}

record_file() {
  record=$root/var/lib/provision/drives/$1.json
}
