import { explainHost, renderExplanation } from '../../config/explain.ts'
import { loadConfig } from '../../config/load.ts'
import { renderProblems } from '../../config/problem.ts'
import { ProvisionError } from '../../errors.ts'
import { didYouMean } from '../../inventory/suggest.ts'
import { jsonText } from '../../views/json-text.ts'
import { printableLines } from '../../views/printable.ts'
import { EXIT } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'

/** `provision validate FILE`: checks a hosts file and everything it names. Contacts nobody. */
export async function validate(
  file: string,
  options: { explain?: string; json?: true },
  { stdout, stderr }: Terminal,
): Promise<number> {
  const result = await loadConfig(file)
  const problems = result.ok ? result.config.warnings : result.problems
  if (options.json === true) {
    stdout.write(jsonText({ format_version: '1.0', command: 'validate', valid: result.ok, problems }))
    return result.ok ? EXIT.ok : EXIT.usage
  }
  if (problems.length > 0) stderr.write(`${printableLines(renderProblems(problems))}\n`)
  if (!result.ok) return EXIT.usage
  const { config } = result
  if (options.explain !== undefined) {
    const rows = explainHost(config, options.explain)
    if (rows === null) {
      const hint = didYouMean(options.explain, config.inventory.hosts)
      const message = `${file} names no host \`${options.explain}\``
      throw new ProvisionError('HOST_UNKNOWN', message, hint === null ? {} : { hint })
    }
    stdout.write(`${renderExplanation(rows)}\n`)
    return EXIT.ok
  }
  const count = config.hosts.length
  stdout.write(`${file} is valid: ${count} host${count === 1 ? '' : 's'}.\n`)
  return EXIT.ok
}
