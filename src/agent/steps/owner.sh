# shellcheck shell=sh
# owner BDF GROUP FROM TO: of /dev/vfio/GROUP, as user:group.

owner_check() {
  owner_node=$root/dev/vfio/$2
  # Without the node there is nothing to take back.
  said="there is no /dev/vfio/$2"
  [ "$going" = forward ] || [ -e "$owner_node" ] || return 0
  owner_now || return 1
  said="/dev/vfio/$2 is $owner_is already"
  [ "$owner_is" != "$4" ] || return 0
  return 1
}

owner_do() {
  wait_for "${PROVISION_DEADLINE:-30}" [ -e "$owner_node" ] || {
    said="/dev/vfio/$2 has not appeared; $1 may have no IOMMU group $2"
    return 1
  }
  # Not while udev is still setting its own idea of the owner.
  within 120 udevadm settle --timeout=110
  within 60 chown "$4" "$owner_node"
}

owner_prove() {
  owner_now
  said="/dev/vfio/$2 is $owner_is"
  [ "$owner_is" = "$4" ]
}

owner_now() {
  [ -e "$owner_node" ] || return
  owner_is=$(ls -ld "$owner_node")
  # shellcheck disable=SC2086 # words: mode, links, user, group, …
  set -- $owner_is
  owner_is=$3:$4
}
