# shellcheck shell=sh
# Reading driver_override takes the lock of the device. While an unbind hangs, under somebody who holds the drive and
# does not answer, that lock is never let go, and whoever reads is stuck for good. So a child reads first: one for all
# drives, and only when that one does not come back one for each.

canary_seconds=5

# probe_canary FOLDER…: leaves in $stuck the BDFs of the drives that the kernel does not answer for, blanks around.
probe_canary() {
  stuck=' '
  [ $# -gt 0 ] || return 0
  canary_send "$@"
  canary_back && return
  set -- "$@" /
  canaries=
  while [ "$1" != / ]; do
    canary_send "$1"
    canaries="$canaries $canary=${1##*/}"
    shift
  done
  canary_wait=0
  for canary in $canaries; do
    function=${canary#*=} canary=${canary%%=*}
    canary_back || stuck="$stuck$function "
  done
}

# answers FOLDER: whether the kernel lets the attributes of this drive be read.
answers() {
  canary_send "$1"
  canary_back
}

# It must hold nothing of ours: over SSH an answer ends when the last one who could write to it is gone. A subshell
# would keep the copies of redirected files that shells set aside; a program is started without them, by its path, for
# busybox runs its own without starting them.
canary_send() {
  for function; do
    shift
    set -- "$@" "$function/driver_override"
  done
  /bin/cat "$@" </dev/null >/dev/null 2>&1 &
  canary=$! canary_wait=0
}

# canary_back: true when $canary is done, at once or within what is left of its time. Else it will end by itself as
# soon as the kernel lets it.
canary_back() {
  canary_looks=0
  until canary_done; do
    canary_looks=$((canary_looks + 1))
    # A busy host needs a moment, and a nap costs a process and a second.
    [ $canary_looks -gt 5000 ] || continue
    if [ "$canary_wait" -ge $canary_seconds ]; then
      kill -9 "$canary"
      return 1
    fi
    sleep 1
    canary_wait=$((canary_wait + 1))
  done
}

# One that has ended has no program any more: one look, where reading its state takes some shells a call a byte. The
# state stands behind the name, which is in brackets and may hold any character.
canary_done() {
  [ ! -e "/proc/$canary/exe" ] || return 1
  first_line "/proc/$canary/stat" || return 0
  case ${line##*) } in
    [ZX]*) ;;
    *) return 1 ;;
  esac
}
