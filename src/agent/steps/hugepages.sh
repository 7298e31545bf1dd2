# shellcheck shell=sh
# hugepages SIZE_KIB NODE FROM TO: NODE is empty on a kernel without NUMA.

hugepages_check() {
  hugepages_pool "$1" "$2"
  if ! first_line "$pool/nr_hugepages"; then
    said="the kernel has no pool of $1 KiB pages${2:+ on node $2} (${pool#"$root"})"
    return 2
  fi
  said="$line pages"
  [ "$line" != "$4" ] || return 0
  # On the way back any count is put right; forward, another count means that somebody else writes to this pool.
  if [ "$going" = forward ] && [ "$line" != "$3" ]; then
    said="the plan saw $3 pages of $1 KiB${2:+ on node $2}, now there are $line; something else sets ${pool#"$root"}/nr_hugepages"
    return 2
  fi
  if [ -n "$taking" ] && hugepages_strange "$4" "$3"; then
    # What a boot made of the pool is no work of this run.
    [ -z "$booted_since" ] || return 0
    said="$said of $1 KiB${2:+ on node $2}, where this run made $3 of $4; something else has set ${pool#"$root"}/nr_hugepages since"
    return 2
  fi
  return 1
}

# hugepages_strange FROM TO: neither of the two nor on the way between them.
hugepages_strange() {
  if [ "$1" -lt "$2" ]; then
    [ "$line" -lt "$1" ] || [ "$line" -gt "$2" ]
  else
    [ "$line" -lt "$2" ] || [ "$line" -gt "$1" ]
  fi
}

# A shortage is no error to the kernel: it takes what it can get and says nothing. Memory that was moved together
# often yields more.
hugepages_do() {
  hugepages_pool "$1" "$2"
  hugepages_tries=0
  while :; do
    write_to "$pool/nr_hugepages" "$4" 600 || return
    first_line "$pool/nr_hugepages"
    [ "$line" -lt "$4" ] && [ $hugepages_tries -lt 3 ] || return 0
    hugepages_tries=$((hugepages_tries + 1))
    write_to "$root/proc/sys/vm/compact_memory" 1 120
    [ $? != 4 ] || return 4
  done
}

hugepages_prove() {
  first_line "$pool/nr_hugepages"
  hugepages_got=$line
  first_line "$pool/free_hugepages" || line=unknown
  said="asked for $4 pages of $1 KiB${2:+ on node $2}, got $hugepages_got, $line of them free"
  [ "$hugepages_got" != "$4" ] || return 0
  if [ "$hugepages_got" -gt "$4" ]; then
    said="$said; the others are in use: stop what uses them"
  elif [ "$hugepages_tries" -gt 0 ]; then
    said="$said; compacting memory $hugepages_tries times did not bring more"
  fi
  return 1
}

hugepages_pool() {
  pool=$root/sys/kernel/mm/hugepages/hugepages-$1kB
  [ -z "$2" ] || pool=$root/sys/devices/system/node/node$2/hugepages/hugepages-$1kB
}
