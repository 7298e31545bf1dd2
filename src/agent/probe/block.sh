# shellcheck shell=sh
# Block devices: the namespaces and partitions of the drives, and everything else, to follow what is stacked on what.

# Leaves the names of namespaces and their partitions in $disks.
probe_blocks() {
  disks=
  for block_dir in "$root"/sys/class/block/*; do
    [ -e "$block_dir" ] || continue
    name=${block_dir##*/}
    block=block/$name
    case $name in
      # A hidden path of native multipath: it has no node, its disk speaks for it.
      nvme[0-9]*c[0-9]*n[0-9]*) continue ;;
      nvme*p*) disk=${name%p*} ;;
      *) disk=$name ;;
    esac
    case $namespaces in
      *" $disk "*) probe_disk ;;
      *) probe_other ;;
    esac
  done
}

probe_disk() {
  block_common
  # wipefs gives up on all devices at one without a size.
  if [ "$sectors" = 0 ]; then
    unreadable "$block" signatures "/dev/$name has no size"
  else
    disks="$disks $name"
  fi
  if [ "$disk" != "$name" ]; then
    known "$block" disk "$disk"
    report "$block" partition "$block_dir/partition"
    return
  fi
  # Kernels too old for `nsid` (before 4.4) name the block device by it.
  if [ -e "$block_dir/nsid" ]; then
    report "$block" nsid "$block_dir/nsid"
  else
    known "$block" nsid "${name##*n}"
  fi
  report "$block" uuid "$block_dir/uuid"
  report "$block" nguid "$block_dir/nguid"
  report "$block" eui "$block_dir/eui"
}

probe_other() {
  case $name in
    loop* | ram* | nbd*) first_line "$block_dir/size" && [ "$line" = 0 ] && return ;;
  esac
  block_common
  block_links slave "$block_dir/slaves"
  # A partition lies on its disk, which is the folder it stands in.
  if [ -e "$block_dir/partition" ] && cd -P "$block_dir"; then
    cd ..
    known "$block" slave "${PWD##*/}"
  fi
  # A loop device over a block device shows up in nobody's holders.
  if first_line "$block_dir/loop/backing_file"; then
    case $line in
      /dev/*/*) known "$block" backing_file "$line" ;;
      /dev/*) known "$block" slave "${line#/dev/}" ;;
      *) known "$block" backing_file "$line" ;;
    esac
  fi
  report "$block" dm_name "$block_dir/dm/name"
  report "$block" dm_uuid "$block_dir/dm/uuid"
  case $name in
    md*) probe_raid ;;
  esac
}

# An array that is only being put together has an empty level. RAID 0 and linear know nothing of missing members.
probe_raid() {
  if ! [ -d "$block_dir/md" ]; then
    absent "$block" md_level
  elif first_line "$block_dir/md/level" || [ -e "$block_dir/md/level" ]; then
    known "$block" md_level "$line"
    report "$block" md_metadata "$block_dir/md/metadata_version"
    report "$block" md_state "$block_dir/md/array_state"
    report "$block" md_degraded "$block_dir/md/degraded"
  else
    unreadable "$block" md_level "/sys/block/$name/md/level cannot be read"
  fi
}

block_common() {
  report "$block" majmin "$block_dir/dev"
  report "$block" sectors "$block_dir/size"
  sectors=$line
  block_links holder "$block_dir/holders"
}

# block_links ATTRIBUTE FOLDER
block_links() {
  for block_link in "$2"/*; do
    [ ! -L "$block_link" ] || known "$block" "$1" "${block_link##*/}"
  done
}
