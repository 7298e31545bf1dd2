import { Argument, Command } from 'commander'
import { type FleetOptions, withChangeOptions, withFleetOptions, withHostOptions } from './options.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

/** The command line: what there is, with its options. Each command's code is loaded only when it is called. */
export function buildProgram(
  terminal: Terminal,
  done: (exitCode: number) => void,
  run: (argv: string[]) => Promise<number>,
): Command {
  const program = new Command('provision')
    .description('Hands NVMe drives to SPDK, as declared, on one host or a fleet, over SSH.')
    .version(version(), '-V, --version')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done or nothing to do, 1 usage or configuration, 2 a host failed or differs,\n3 refused, 4 a host could not be reached, 5 a host is locked, 130 interrupted.',
    )

  const hostsFile = ['<file>', 'hosts file (YAML)'] as const

  program
    .command('validate')
    .description('check a hosts file; contacts nobody')
    .argument(...hostsFile)
    .option('--explain <host>', 'show what is declared for a host, and where each value comes from')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, options) =>
      done(await (await import('./commands/validate.ts')).validate(file, options, terminal)),
    )

  withFleetOptions(program.command('status'))
    .description('what each host has, beside what is declared')
    .argument(...hostsFile)
    .action(async (file: string, options: FleetOptions) =>
      done(await (await import('./commands/status.ts')).status(file, options, terminal)),
    )

  withFleetOptions(program.command('plan'))
    .description('what would change, step by step; what is blocked, why, and the remedy')
    .argument(...hostsFile)
    .option('-o, --out <file>', 'save the plan, to be applied exactly as it is')
    .option('--detailed-exitcode', 'exit 2 when there are changes')
    .action(async (file: string, options) =>
      done(await (await import('./commands/plan.ts')).plan(file, options, terminal)),
    )

  withChangeOptions(withFleetOptions(program.command('apply')))
    .description('plan, show, ask, carry out, verify; a saved plan is applied without asking')
    .argument('<file>', 'hosts file (YAML), or a plan saved by `plan -o`')
    .action(async (file: string, options) =>
      done(await (await import('./commands/apply.ts')).apply(file, options, terminal)),
    )

  withFleetOptions(program.command('verify'))
    .description('probe and compare; exit 2 on drift')
    .argument(...hostsFile)
    .action(async (file: string, options: FleetOptions) =>
      done(await (await import('./commands/verify.ts')).verify(file, options, terminal)),
    )

  withChangeOptions(withFleetOptions(program.command('release')))
    .description('give the drives back to the kernel, with the mounts that were taken down')
    .argument(...hostsFile)
    .action(async (file: string, options) =>
      done(await (await import('./commands/release.ts')).release(file, options, terminal)),
    )

  withChangeOptions(withFleetOptions(program.command('resume')))
    .description('go on with a run that was interrupted: follow, finish, or take back what was left half way')
    .argument('<run>', 'id of the run, as `runs` lists it')
    .option('--retry-failed', 'try hosts that failed once more')
    .action(async (id: string, options) =>
      done(await (await import('./commands/resume.ts')).resume(id, options, terminal)),
    )

  withChangeOptions(withFleetOptions(program.command('rollback')))
    .description('take back what a run changed')
    .argument('<run>', 'id of the run, as `runs` lists it')
    .argument('[file]', 'hosts file, for a run that another machine began and that was cut off on a host')
    .action(async (id: string, file: string | undefined, options) =>
      done(await (await import('./commands/rollback.ts')).rollback({ id, file }, options, terminal)),
    )

  program
    .command('runs')
    .description('the runs of this machine')
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'no colours')
    .action(async (options) => done(await (await import('./commands/runs.ts')).runs(options, terminal)))

  withHostOptions(program.command('unlock'))
    .description('show who holds the lock of a host, and remove it when that run is gone')
    .argument(...hostsFile)
    .argument('<host>', 'name of the host')
    .option('-y, --auto-approve', 'do not ask')
    .action(async (file: string, host: string, options) =>
      done(await (await import('./commands/unlock.ts')).unlock({ file, host }, options, terminal)),
    )

  program
    .command('show')
    .description('a saved plan, or a run with its plan and its results, in full')
    .argument('<what>', 'a plan saved by `plan -o`, or the id of a run')
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'no colours')
    .action(async (file: string, options) =>
      done(await (await import('./commands/show.ts')).show(file, options, terminal)),
    )

  withHostOptions(program.command('explain'))
    .description('what a reason code or a symptom means; or everything known about one device')
    .usage('[options] <code or symptom> | <file> <host> <bdf>')
    .argument(
      '<what...>',
      'a code such as DEVICE_MOUNTED, words from a log; or a hosts file, a host and an address',
    )
    .action(async (what: string[], options: FleetOptions) => {
      const [file = '', host = '', address = ''] = what
      if (what.length === 1)
        return done(await (await import('./commands/explain.ts')).explain(file, terminal))
      if (what.length !== 3)
        program.error('error: explain takes a code, or a hosts file, a host and an address')
      const { explainDevice } = await import('./commands/explain-device.ts')
      done(await explainDevice({ file, host, address }, options, terminal))
    })

  program
    .command('schema')
    .description('the JSON Schema of a file format, or of what a command prints with --json')
    .addArgument(
      new Argument('[name]', 'which one')
        .choices(['hosts', 'playbook', 'plan', 'status', 'verify', 'apply'])
        .default('hosts'),
    )
    .action(async (name) => done(await (await import('./commands/schema.ts')).schema(name, terminal)))

  program
    .command('demo')
    .description('a simulated fleet in this process, and the whole main job against it over real SSH')
    .option('--keep', 'leave the fleet running, to try commands in another terminal')
    .option('--hosts <n>', 'hosts in the fleet', Number)
    .action(async (options) => {
      const { demo } = await import('./commands/demo.ts')
      done(await demo(options, run))
    })

  return program
}
