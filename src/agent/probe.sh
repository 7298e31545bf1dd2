# shellcheck shell=sh
# The probe: prints what this host has, in the wire's format. It only ever reads. The agent calls it too, to prove at
# the end of an apply what it did. Where a fact comes from is in probe/<section>.sh.

# probe ROOT USER…: ROOT is put before every path; empty but in tests.
probe() {
  root=$1
  shift
  sane_environment
  probe_kernel
  if [ "$kernel_name" = Linux ]; then
    probe_host
    probe_memory
    probe_iommu
    probe_pci
    probe_blocks
    probe_signatures
    probe_modules
    probe_processes
    probe_texts
    probe_swaps
    probe_exports
    probe_links
    probe_btrfs
    probe_config
    probe_nodes
    probe_users "$@"
  fi
  cd /
} 2>/dev/null

# probe_main NONCE ROOT USER…
probe_main() {
  run_id=''
  wire_begin "$1"
  shift
  probe "$@"
  wire_end
}
