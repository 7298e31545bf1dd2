# shellcheck shell=sh
# A run is taken back after it ended, or after its agent was gone in the middle. The program is the run's own; of it
# only the undo calls of the given steps are carried out. Each is a call that may find nothing to take back: the step
# was never reached, or a boot has taken it back already.

# back_main ROOT NONCE RUN HOLDER PROGRAM ID…: HOLDER is who takes back.
back_main() {
  run_begin "$@"
  run_text=$5
  shift 5
  run_ids=$* run_done=" $* " taking=yes
  if lock_take; then
    if folder_again; then
      leave_session
      run_program "$lock_dir/program" "$run_text"
    fi
    run_end
  else
    unreadable run facts 'not probed: nothing was touched'
  fi
  run_tell
} 2>/dev/null

# First without touching anything: is it still the drive that the run had, and is there a driver to lead it back to?
# The journal goes on only after that: a refusal leaves the run as it was.
back_transaction() {
  back_leads=' ' back_drives=' '
  going=look
  program_back
  program_rechecks
  [ -z "$run_outcome" ] && folder_resign "$run_text" || return 0
  event run back "$run_ids"
  event run holder "$run_holder"
  run_outcome=rolled_back going=back
  program_back
  [ -z "$run_hung" ] || run_outcome=failed
}

# back_look KIND ARG…
back_look() {
  case $1 in
    # Of several calls for one drive the last one says where it ends up.
    bind)
      back_leads="$back_leads$2=$3 "
      back_driver "$2" "$3"
      ;;
    forget)
      back_record "$2" "$3"
      back_serial "$2" "$3"
      ;;
    record) back_serial "$2" "$3" ;;
  esac
  case $1 in
    bind | unbind | override | forget | record) back_drives="$back_drives$2 " ;;
  esac
}

# back_leads_to BDF DRIVER: whether that is where the drive ends up.
back_leads_to() {
  back_last=${back_leads##*" $1="}
  [ "$back_last" != "$back_leads" ] && [ "${back_last%% *}" = "$2" ]
}

# A driver that the last boot did not load: once the drive is without one, it would be too late to find out.
back_driver() {
  [ ! -d "$root/sys/bus/pci/drivers/$2" ] || return 0
  within 120 modprobe "$2"
  [ -d "$root/sys/bus/pci/drivers/$2" ] ||
    back_refuse "$1 has to go back to $2, and the kernel has no such driver now: $said"
}

# The record that this run made must be the one that is there, or none: another run may have the drive by now.
back_record() {
  record_file "$1"
  if first_line "$record" && [ "$line" != "$2" ]; then
    back_refuse "${record#"$root"} was not written by this run: $1 was handed over again since"
  fi
}

# back_serial BDF JSON: a drive that can be asked must be the one that the record is of.
back_serial() {
  drive_at "$1" && [ "$driver" = nvme ] && drive_controller && read -r serial <"$controller/serial" || return 0
  case $2 in
    *'"serial":"'"$serial"*) return 0 ;;
    *'"serial":"'*) back_refuse "the drive at $1 has serial $serial, the record that this run made is of another" ;;
  esac
}

# back_recheck BDF DRIVER SERIAL: as far as it can be told, the drive at BDF is the one that the run had.
back_recheck() {
  case $back_drives in *" $1 "*) ;; *) return 0 ;; esac
  if ! drive_at "$1" || [ "$driver" != nvme ] || ! other_serial "$3" || [ -z "$serial" ]; then
    event recheck "$1" ok
    return
  fi
  said="the drive at $1 has serial $serial, this run had $3"
  event recheck "$1" "$said"
  back_refuse "$said"
}

back_refuse() {
  run_outcome=refused run_reason=${run_reason:-$1}
}
