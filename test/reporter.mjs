import Mocha from 'mocha'

/**
 * mocha's `spec` report, closed by one plain line that people and CI can count on:
 * `12 passed, 0 failed` (and `, 1 skipped` where there are any).
 */
export default class ClosingLine extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      process.stdout.write(
        `${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}\n`,
      )
    })
  }
}
