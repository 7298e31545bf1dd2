#!/usr/bin/python3
"""vfio_hold.py BDF: drives a drive as SPDK does, and then does nothing more: group and device stay open.

Prints `holding` when it has them. Its device has no channel on which the kernel could ask for it back.
"""
import fcntl
import os
import signal
import struct
import sys

VFIO_TYPE = 0x3B00  # _IO(';', 100 + n); see linux/vfio.h

bdf = sys.argv[1]
group_name = os.path.basename(os.readlink(f"/sys/bus/pci/devices/{bdf}/iommu_group"))
container = os.open("/dev/vfio/vfio", os.O_RDWR)
group = os.open(f"/dev/vfio/{group_name}", os.O_RDWR)
fcntl.ioctl(group, VFIO_TYPE | 104, struct.pack("i", container))
fcntl.ioctl(container, VFIO_TYPE | 102, 1)
device = fcntl.ioctl(group, VFIO_TYPE | 106, bytearray(bdf.encode() + b"\0"))
print("holding", flush=True)
signal.pause()
