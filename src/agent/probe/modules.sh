# shellcheck shell=sh
# Which of the drivers that matter here the running kernel has, or could load. One grep.

probe_modules() {
  modules_dir=$root/lib/modules/$kernel_release
  [ -d "$modules_dir" ] || modules_dir=$root/usr/lib/modules/$kernel_release
  modules=
  if [ -r "$modules_dir/modules.dep" ]; then
    modules=$(grep -Eho '^[^:]*/(nvme|vfio-pci|vfio_iommu_type1|uio_pci_generic|igb_uio)\.ko[^:]*:?' \
      "$modules_dir/modules.builtin" "$modules_dir/modules.dep")
  fi
  for module in nvme vfio-pci vfio_iommu_type1 uio_pci_generic igb_uio; do
    probe_module
  done
}

probe_module() {
  loaded=$root/sys/module/$module
  # The one whose file name and name in sysfs differ.
  [ "$module" != vfio-pci ] || loaded=$root/sys/module/vfio_pci
  # Only what was loaded has an initstate; a built-in one has a folder if it takes parameters.
  if [ -e "$loaded/initstate" ]; then
    known module "$module" loaded
  elif [ -d "$loaded" ] || [ -d "$root/sys/bus/pci/drivers/$module" ]; then
    known module "$module" builtin
  elif [ ! -r "$modules_dir/modules.dep" ]; then
    unreadable module "$module" "there is no /lib/modules/$kernel_release/modules.dep to look it up in"
  else
    # modules.dep says `kernel/…/vfio-pci.ko.xz: …`, modules.builtin `kernel/…/vfio-pci.ko`.
    module_state=missing
    for module_line in $modules; do
      case $module_line in
        *"/$module.ko"*:) module_state=available ;;
        *"/$module.ko"*) module_state=builtin && break ;;
      esac
    done
    known module "$module" $module_state
  fi
}
