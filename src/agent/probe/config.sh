# shellcheck shell=sh
# Lines of the host's configuration that may name a drive, a driver or hugepages, by one grep for all files. What they
# mean is told by src/plan/host-config.

# Leaves the lines that were told in $config_text.
probe_config() {
  config_text='' config_keys=' ' config_why='' config_more=
  set --
  # Of files with one name in several folders the first one counts: /etc masks /run, and that /usr/lib.
  for config in "$root"/etc/fstab "$root"/etc/crypttab "$root"/etc/mdadm.conf "$root"/etc/mdadm/mdadm.conf \
    "$root"/etc/kdump.conf "$root"/etc/default/kdump-tools "$root"/etc/sysctl.conf "$root"/etc/driverctl.d/* \
    "$root"/etc/modprobe.d/*.conf "$root"/run/modprobe.d/*.conf "$root"/usr/local/lib/modprobe.d/*.conf \
    "$root"/usr/lib/modprobe.d/*.conf "$root"/lib/modprobe.d/*.conf \
    "$root"/etc/sysctl.d/*.conf "$root"/run/sysctl.d/*.conf "$root"/usr/local/lib/sysctl.d/*.conf \
    "$root"/usr/lib/sysctl.d/*.conf "$root"/lib/sysctl.d/*.conf; do
    ! config_counts || set -- "$@" "$config"
  done
  if [ $# -gt 0 ]; then
    config_lines=$(grep -sanHE '^[[:space:]]*[^#;[:space:]]' "$@")
    case $? in
      0 | 1) ;;
      127) config_why='grep is not installed' ;;
      *) config_why='grep failed on the files under /etc' ;;
    esac
    IFS=$nl
    set -f
    for config in $config_lines; do
      config_split "${config#"$root"}"
      ! config_matters || config_tell
    done
    set +f
    IFS=" $tab$nl"
  fi
  if [ -n "$config_why" ]; then
    unreadable host config "$config_why"
  else
    known host config ''
  fi
}

# Whether the file $config is to be read. A link to /dev/null, or to nothing, only masks others.
config_counts() {
  [ -e "$config" ] || [ -L "$config" ] || return 1
  config_key=${config%/*}
  config_key=${config_key##*/}/${config##*/}
  case $config_keys in
    *" $config_key "*) return 1 ;;
  esac
  config_keys="$config_keys$config_key "
  [ -f "$config" ] || return 1
  [ -r "$config" ] || {
    config_why="${config#"$root"} cannot be read"
    return 1
  }
}

# config_split PATH:NUMBER:TEXT: into $config_path, $config_number and $config_value.
config_split() {
  case $1 in
    # The name of a file of driverctl is an address, with colons.
    /etc/driverctl.d/*)
      config_path=${1%%.[0-7]:*}
      config_value=${1#"$config_path"}
      config_path=$config_path${config_value%%:*}
      ;;
    /etc/fstab:* | /etc/crypttab:* | /etc/default/*) config_path=${1%%:*} ;;
    *) config_path=${1%%.conf:*}.conf ;;
  esac
  config_value=${1#"$config_path:"}
  config_number=${config_value%%:*}
  config_value=${config_value#*:}
}

# Hundreds of lines about other modules and other settings stay where they are.
config_matters() {
  case $config_path in
    *"$tab"*) return 1 ;;
    */modprobe.d/*)
      # A line that ends in a backslash goes on in the next.
      config_was=$config_more config_more=
      case $config_value in
        *\\) config_more=1 ;;
        *nvme* | *vfio* | *uio*) ;;
        *) [ -n "$config_was" ] ;;
      esac
      ;;
    */sysctl.d/* | /etc/sysctl.conf)
      case $config_value in
        *nr_hugepages*) ;;
        *) return 1 ;;
      esac
      ;;
    /etc/default/*)
      case $config_value in
        *KDUMP_COREDIR=*) ;;
        *) return 1 ;;
      esac
      ;;
  esac
}

config_tell() {
  config_text="$config_text$config_value$nl"
  known config line "$config_number $config_path$tab$config_value"
}
