#!/usr/bin/python3
"""vfio_version.py BDF: takes the first step that SPDK takes with a drive that was handed over.

Opens the container and the drive's IOMMU group, gets the device, maps its BAR0 and prints the NVMe
version register. Ends with 1 and one clear line when the drive is not usable from user space.
"""
import fcntl
import mmap
import os
import struct
import sys

VFIO_TYPE = 0x3B00  # _IO(';', 100 + n); see linux/vfio.h
GET_API_VERSION, CHECK_EXTENSION, SET_IOMMU = VFIO_TYPE | 100, VFIO_TYPE | 101, VFIO_TYPE | 102
GROUP_GET_STATUS, GROUP_SET_CONTAINER = VFIO_TYPE | 103, VFIO_TYPE | 104
GROUP_GET_DEVICE_FD, DEVICE_GET_REGION_INFO = VFIO_TYPE | 106, VFIO_TYPE | 108
TYPE1_IOMMU = 1
GROUP_VIABLE = 1
NVME_VERSION = 8


def fail(why):
    print(f"vfio_version: {why}", file=sys.stderr)
    sys.exit(1)


def step(what, function, *args):
    try:
        return function(*args)
    except OSError as error:
        return fail(f"{what}: {error.strerror}")


def main(bdf):
    link = f"/sys/bus/pci/devices/{bdf}/iommu_group"
    if not os.path.exists(link):
        fail(f"{bdf} is in no IOMMU group")
    node = f"/dev/vfio/{os.path.basename(os.readlink(link))}"
    container = step("/dev/vfio/vfio", os.open, "/dev/vfio/vfio", os.O_RDWR)
    if fcntl.ioctl(container, GET_API_VERSION) != 0:
        fail("unknown VFIO version")
    group = step(node, os.open, node, os.O_RDWR)

    status = bytearray(struct.pack("II", 8, 0))
    fcntl.ioctl(group, GROUP_GET_STATUS, status)
    if not struct.unpack("II", status)[1] & GROUP_VIABLE:
        fail(f"{node}: the group is not viable, another member has a kernel driver")
    step("join the container", fcntl.ioctl, group, GROUP_SET_CONTAINER, struct.pack("i", container))
    if not fcntl.ioctl(container, CHECK_EXTENSION, TYPE1_IOMMU):
        fail("no type 1 IOMMU: is vfio_iommu_type1 loaded?")
    step("set the IOMMU type", fcntl.ioctl, container, SET_IOMMU, TYPE1_IOMMU)
    # a bytearray, because with bytes fcntl answers them back instead of the new file descriptor
    name = bytearray(bdf.encode() + b"\0")
    device = step(f"get {bdf}", fcntl.ioctl, group, GROUP_GET_DEVICE_FD, name)

    # struct vfio_region_info: argsz, flags, index, cap_offset, size, offset; index 0 is BAR0
    region = bytearray(struct.pack("IIIIQQ", 32, 0, 0, 0, 0, 0))
    step("BAR0", fcntl.ioctl, device, DEVICE_GET_REGION_INFO, region)
    size, offset = struct.unpack("IIIIQQ", region)[4:]
    # the registers are in the first page; later ones may hold the MSI-X table, which cannot be mapped
    bar = step("map BAR0", lambda: mmap.mmap(device, min(size, 4096), offset=offset))
    version = struct.unpack("<I", bar[NVME_VERSION : NVME_VERSION + 4])[0]
    if version in (0, 0xFFFFFFFF):
        fail(f"{bdf} does not answer: version register {version:#x}")
    print(f"{version >> 16}.{version >> 8 & 255}.{version & 255}")


if len(sys.argv) != 2:
    fail("usage: vfio_version.py BDF")
main(sys.argv[1])
