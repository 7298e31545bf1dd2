# shellcheck shell=sh
# NUMA nodes and hugepage pools.

probe_memory() {
  pools=0 pools_why=
  for node_dir in "$root"/sys/devices/system/node/node[0-9]*; do
    [ -d "$node_dir" ] || continue
    node=${node_dir##*/node}
    node_memory
    hugepage_pools "$node" "$node_dir/hugepages"
  done
  # A kernel without NUMA has only the pools of the whole host.
  [ -d "$root/sys/devices/system/node/node0" ] || hugepage_pools - "$root/sys/kernel/mm/hugepages"
  if [ -n "$pools_why" ]; then
    unreadable host hugepages "$pools_why"
  elif [ $pools -gt 0 ]; then
    known host hugepages ''
  else
    report_missing host hugepages "$root/sys/kernel/mm/hugepages/any"
  fi
}

# `Node 0 MemTotal:       65807136 kB`
node_memory() {
  while read -r _ _ memory_key memory_kib _; do
    case $memory_key in
      MemTotal:) known "numa/$node" total_kib "$memory_kib" ;;
      MemFree:) known "numa/$node" free_kib "$memory_kib" && break ;;
    esac
  done <"$node_dir/meminfo"
}

# hugepage_pools NODE FOLDER: NODE is `-` for the whole host.
hugepage_pools() {
  for pool in "$2"/hugepages-*kB; do
    [ -d "$pool" ] || continue
    pool_kib=${pool##*/hugepages-}
    pool_kib=${pool_kib%kB}
    if first_line "$pool/nr_hugepages"; then
      known "hugepages/$1/$pool_kib" total "$line"
    else
      pools_why="${pool#"$root"}/nr_hugepages cannot be read"
    fi
    if first_line "$pool/free_hugepages"; then
      known "hugepages/$1/$pool_kib" free "$line"
    else
      pools_why="${pool#"$root"}/free_hugepages cannot be read"
    fi
    pools=$((pools + 1))
  done
}
