# shellcheck shell=sh
# Runs that were begun on this host and have not told how they ended: their folder has a file `open`.

probe_unfinished() {
  if hidden "$root/var/lib/provision/runs/open" || hidden "$root/run/provision/runs/open"; then
    unreadable host unfinished 'the folders of runs under /var/lib/provision and /run/provision are for root only'
    return
  fi
  known host unfinished ''
  for unfinished in "$root"/var/lib/provision/runs/*/open "$root"/run/provision/runs/*/open; do
    [ -e "$unfinished" ] || continue
    unfinished=${unfinished%/open}
    # The probe at the end of a run is part of that run.
    [ "${unfinished##*/}" = "${run_id:-}" ] || unfinished_run
  done
}

unfinished_run() {
  subject=unfinished/${unfinished##*/}
  first_line "$unfinished/holder"
  known "$subject" holder "$line"
  first_line "$unfinished/process"
  # shellcheck disable=SC2086 # three words
  process_state $line
  known "$subject" agent "$process_is"
  unfinished_at=''
  while IFS= read -r line; do
    case $line in
      step/*"$tab="* | undo/*"$tab="*) unfinished_at=$line ;;
    esac
  done <"$unfinished/journal"
  [ -n "$unfinished_at" ] || return 0
  line=${unfinished_at%%"$tab="*}
  known "$subject" at "${line%%"$tab"*} ${line#*"$tab"}"
}
