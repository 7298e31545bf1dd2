/** Codes that a run ends with on a host, beside the reasons of plans: what each means, and what to do then. */
export const outcomeCodes: Record<string, { title: string; next: string }> = {
  HOST_CHANGED: {
    title: 'The host was no longer as planned when the first step was about to begin. Nothing was touched.',
    next: 'Plan again: what is told beside the code has changed since.',
  },
  PLAN_STALE: {
    title: 'The facts that the plan relied on have changed since it was made. Nothing was touched.',
    next: 'Plan again, and review it: `provision plan FILE -o PLAN`.',
  },
  NOT_VERIFIED: {
    title: 'Every step was done, or taken back, but the probe that followed shows something else.',
    next: 'What differs is listed with it. `provision status FILE` shows how the host is; `provision plan FILE` what is missing.',
  },
  ROLLBACK_FAILED: {
    title:
      'A step failed, and so did taking back the ones before it: the host is neither as it was nor as declared.',
    next: 'Mend what the message names, then `provision rollback RUN`, or `provision plan FILE` for what is missing.',
  },
  CONNECTION_LOST: {
    title:
      'The connection was lost, and the host could not be reached again. It finishes, or takes back, by itself.',
    next: 'When it can be reached: `provision resume RUN` tells how it ended, and goes on.',
  },
  APPLY_MALFORMED: {
    title: 'What the host answered cannot be true, so nothing of it is believed.',
    next: '`provision resume RUN` reads the journal that the host keeps; `provision status FILE` shows how it is.',
  },
  RUN_OVERTAKEN: {
    title: 'The host was changed since the run: taking it back would undo the work of somebody else.',
    next: 'Declare what it shall have now and apply that, or `provision release FILE`.',
  },
  RUN_NOT_ON_HOST: {
    title: 'The host has no journal of that run.',
    next: '`provision release FILE` gives its drives back by the records on the host.',
  },
  FACTS_LOST: {
    title:
      'What the host was like before the run is no longer written down here, so no rollback could be judged.',
    next: '`provision status FILE` shows how it is; apply what it shall have, or release its drives.',
  },
  JOURNAL_UNWRITABLE: {
    title: 'The journal of the run cannot be written on this machine, so nothing more is begun.',
    next: 'Make room, or set XDG_STATE_HOME to a folder that can be written.',
  },
  HOST_UNREACHABLE: {
    title: 'The host did not answer.',
    next: 'Try it by hand: `ssh HOST`. `--skip-unreachable` goes on without it.',
  },
}
