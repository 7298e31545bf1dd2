# shellcheck shell=sh
# PCI functions, and for NVMe drives their controller and the names of their namespaces. What belongs to which drive
# is taken from the place in sysfs, never from an `address` attribute: not every kernel has one.

probe_iommu() {
  for unit in "$root"/sys/class/iommu/*; do
    [ ! -e "$unit" ] || known iommu unit "${unit##*/}"
  done
  report iommu unsafe_noiommu "$root/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
}

# Leaves the BDFs of drives in $drives and the names of their namespaces in $namespaces, with a space on both sides.
probe_pci() {
  drives=' ' namespaces=' ' stuck=' '
  set --
  for function in "$root"/sys/bus/pci/devices/*; do
    [ -e "$function" ] || continue
    first_line "$function/class"
    case $line in
      0x0108*) set -- "$@" "$function" ;;
      *) probe_function ;;
    esac
  done
  probe_canary "$@"
  for function; do
    first_line "$function/class"
    probe_function
    probe_drive
  done
}

# With its class in $line.
probe_function() {
  bdf=${function##*/}
  pci=pci/$bdf
  known "$pci" class "$line"
  id_pair ids vendor device
  case $stuck in
    *" $bdf "*) link='' && unreadable "$pci" driver "$stuck_why" ;;
    *) report_link "$pci" driver "$function/driver" ;;
  esac
  driver=$link
  report_link "$pci" iommu_group "$function/iommu_group"
}

stuck_why='the kernel does not answer for it: an unbind or a reset of this drive seems to hang'

# id_pair ATTRIBUTE FILE FILE: `0x8086` and `0x0a54` as `8086:0a54`.
id_pair() {
  first_line "$function/$2"
  id_first=${line#0x}
  first_line "$function/$3"
  known "$pci" "$1" "$id_first:${line#0x}"
}

probe_drive() {
  drives="$drives$bdf "
  [ -z "$link" ] || report "iommu/$link" type "$root/sys/kernel/iommu_groups/$link/type"
  id_pair subsystem_ids subsystem_vendor subsystem_device
  report_unless -1 numa_node
  case $stuck in
    *" $bdf "*)
      unreadable "$pci" driver_override "$stuck_why"
      unreadable "$pci" controller "$stuck_why"
      return
      ;;
  esac
  report_unless '(null)' driver_override
  if [ "$driver" = nvme ]; then
    probe_controller
    return
  fi
  absent "$pci" controller
  for node in "$function"/uio/uio[0-9]* "$function"/vfio-dev/vfio[0-9]*; do
    case $node in
      *\**) ;;
      */uio/*) known "$pci" node "/dev/${node##*/}" ;;
      *) known "$pci" node "/dev/vfio/devices/${node##*/}" ;;
    esac
  done
}

# report_unless NOTHING ATTRIBUTE: NOTHING is how the kernel writes that there is none.
report_unless() {
  if first_line "$function/$2" && [ "$line" = "$1" ]; then
    absent "$pci" "$2"
  elif [ -n "$line" ]; then
    known "$pci" "$2" "$line"
  else
    report "$pci" "$2" "$function/$2"
  fi
}

probe_controller() {
  for controller in "$function"/nvme/nvme[0-9]*; do
    if [ ! -e "$controller" ]; then
      unreadable "$pci" controller 'the nvme driver is bound but has made no controller'
      return
    fi
    known "$pci" controller "${controller##*/}"
    report "$pci" model "$controller/model"
    report "$pci" serial "$controller/serial"
    report "$pci" firmware "$controller/firmware_rev"
    report "$pci" state "$controller/state"
    for namespace in "$controller"/nvme[0-9]*n[0-9]*; do
      [ ! -e "$namespace" ] || probe_namespace "${namespace##*/}"
    done
  done
}

# Native multipath hides a path such as nvme0c1n2 (subsystem 0, controller 1) beneath the disk nvme0n2.
probe_namespace() {
  case $1 in
    nvme*c*n*) block=${1%%c*}n${1##*n} ;;
    *) block=$1 ;;
  esac
  if [ -e "$root/sys/class/block/$block" ]; then
    known "$pci" namespace "$block"
    namespaces="$namespaces$block "
  else
    unreadable "$pci" controller "the namespace $1 has no block device $block"
  fi
}
