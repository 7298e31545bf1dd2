#!/bin/sh
# customize.sh ROOT: makes the bare Debian tree at ROOT the lab's guest. KEYS: the folder with its SSH keys.
set -eu
root=$1

put() { # put MODE PATH: stdin becomes a file of the guest
  mkdir -p "$root${2%/*}"
  cat >"$root$2"
  chmod "$1" "$root$2"
}

echo lab | put 644 /etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 lab\n' | put 644 /etc/hosts
printf '/dev/vda / ext4 defaults,noatime 0 1\n' | put 644 /etc/fstab
# Each guest gets an id of its own on the kernel command line; an empty file would mean a first boot.
echo 0123456789abcdef0123456789abcdef | put 444 /etc/machine-id

# QEMU's user network always gives this address: asking by DHCP would only cost time.
put 644 /etc/systemd/network/10-lab.network <<'X'
[Match]
Driver=virtio_net
[Link]
RequiredForOnline=no
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
LinkLocalAddressing=no
IPv6AcceptRA=no
LLDP=no
X
chroot "$root" systemctl --quiet enable systemd-networkd.service

# --- people -------------------------------------------------------------------------------------
chroot "$root" useradd -m -s /bin/bash ops
chroot "$root" useradd -m -s /bin/bash opspw
chroot "$root" useradd -m -s /bin/bash spdk
echo 'opspw:lab' | chroot "$root" chpasswd
printf 'ops ALL=(ALL) NOPASSWD: ALL\nopspw ALL=(ALL) ALL\n' | put 440 /etc/sudoers.d/lab
for home in root home/ops home/opspw; do
  mkdir -p "$root/$home/.ssh"
  cp "$KEYS/id_ed25519.pub" "$root/$home/.ssh/authorized_keys"
  chmod 700 "$root/$home/.ssh"
done
chroot "$root" chown -R ops:ops /home/ops/.ssh
chroot "$root" chown -R opspw:opspw /home/opspw/.ssh

# --- sshd: one fixed host key, so that known_hosts can be written before the first boot -----------
rm -f "$root"/etc/ssh/ssh_host_*
cp "$KEYS/ssh_host_ed25519_key" "$KEYS/ssh_host_ed25519_key.pub" "$root/etc/ssh/"
chmod 600 "$root/etc/ssh/ssh_host_ed25519_key"
put 644 /etc/ssh/sshd_config.d/lab.conf <<'X'
HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
PermitRootLogin prohibit-password
X

# --- boot: nothing that a storage host does not need for our questions ---------------------------
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer man-db.timer e2scrub_all.timer \
  e2scrub_reap.service fstrim.timer mdcheck_start.timer mdcheck_continue.timer mdmonitor-oneshot.timer \
  systemd-networkd-wait-online.service systemd-firstboot.service systemd-repart.service \
  systemd-pstore.service systemd-binfmt.service systemd-update-utmp.service \
  systemd-update-utmp-runlevel.service systemd-random-seed.service systemd-journal-catalog-update.service \
  systemd-hwdb-update.service ldconfig.service getty@tty1.service serial-getty@ttyS0.service \
  uuidd.socket nvmefc-boot-connections.service nvmf-autoconnect.service proc-sys-fs-binfmt_misc.automount \
  systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-network-generator.service \
  systemd-logind.service modprobe@drm.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
# tells systemd that /etc and /var are up to date with /usr: no rebuild of caches at the first boot
touch "$root/etc/.updated" "$root/var/.updated"

# Drivers for what QEMU's machine happens to have and no scenario uses: seconds of every boot.
put 644 /etc/modprobe.d/lab.conf <<'X'
blacklist ahci
blacklist i2c_i801
blacklist iTCO_wdt
blacklist lpc_ich
blacklist powernow_k8
blacklist psmouse
X
: | put 644 /etc/default/locale

# A guest under emulation is slow: give services that only seem stuck the time they need.
put 644 /etc/systemd/system.conf.d/lab.conf <<'X'
[Manager]
DefaultTimeoutStartSec=300s
DefaultTimeoutStopSec=60s
X
# kept over reboots: the journal of the boot before is what explains a failure
mkdir -p "$root/var/log/journal"

rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/usr/share/man "$root"/var/log/*.log
