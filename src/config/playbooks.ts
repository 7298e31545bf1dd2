import { readdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { didYouMean } from '../inventory/suggest.ts'
import { type ConfigDocument, type ReadDocument, readDocument } from './document.ts'
import type { KeyPath } from './keypath.ts'
import type { Layer } from './layer.ts'
import { resolveFrom } from './paths.ts'
import type { Problem } from './problem.ts'
import { type Playbook, playbookSchema } from './schema/playbook.ts'

/** Reads playbooks, each once, and gathers what is wrong with them. */
export class PlaybookReader {
  readonly problems: Problem[] = []
  readonly #read = new Map<string, ReadDocument<Playbook>>()
  readonly #layers = new Map<string, Layer[]>()

  /** The layers of the playbooks that `document` names at `at`, lowest first, what they build on included. */
  async layers(
    refs: readonly string[] | undefined,
    document: ConfigDocument<unknown>,
    at: KeyPath,
  ): Promise<Layer[]> {
    return this.#collect(refs ?? [], document, at, [])
  }

  async #collect(
    refs: readonly string[],
    document: ConfigDocument<unknown>,
    at: KeyPath,
    chain: readonly Link[],
  ): Promise<Layer[]> {
    const layers: Layer[] = []
    for (const [index, ref] of refs.entries()) {
      const refPath = document.has([...at, index]) ? [...at, index] : at
      layers.push(...(await this.#follow(ref, document, refPath, chain)))
    }
    return lastOfEach(layers)
  }

  async #follow(
    ref: string,
    document: ConfigDocument<unknown>,
    refPath: KeyPath,
    chain: readonly Link[],
  ): Promise<Layer[]> {
    const file = resolveFrom(document.file, ref)
    const id = await realpath(file).catch(() => path.resolve(file))
    const link = { id, file }
    const begin = chain.findIndex((earlier) => earlier.id === id)
    if (begin >= 0) {
      const circle = [...chain.slice(begin), link].map((each) => each.file).join(' → ')
      const finding = { code: 'PLAYBOOK_CYCLE', message: `playbooks name each other in a circle: ${circle}` }
      this.problems.push(document.problem(refPath, finding))
      return []
    }
    const cached = this.#layers.get(id)
    if (cached !== undefined) return cached
    const playbook = await this.#open(id, file, document, refPath)
    if (playbook === null) return []
    const below = await this.#collect(playbook.value.playbook ?? [], playbook, ['playbook'], [...chain, link])
    const layers = [...below, layerOf(playbook)]
    this.#layers.set(id, layers)
    return layers
  }

  async #open(
    id: string,
    file: string,
    document: ConfigDocument<unknown>,
    refPath: KeyPath,
  ): Promise<ConfigDocument<Playbook> | null> {
    const earlier = this.#read.get(id)
    const read = earlier ?? (await readDocument(file, playbookSchema))
    this.#read.set(id, read)
    if (!read.problems.some(({ code }) => code === 'FILE_NOT_FOUND')) {
      if (earlier === undefined) this.problems.push(...read.problems)
      return read.document
    }
    const all = await readdir(path.dirname(file)).catch(() => [])
    const siblings = all.filter((name) => path.join(path.dirname(file), name) !== document.file)
    const message = `there is no playbook ${file}`
    const suggestion =
      didYouMean(path.basename(file), siblings) ?? 'the path is relative to the file that names it'
    this.problems.push(document.problem(refPath, { code: 'PLAYBOOK_NOT_FOUND', message, suggestion }))
    return null
  }
}

/** A playbook on the way from the hosts file to where we are. */
interface Link {
  /** The real path: two spellings of one file are one playbook. */
  id: string
  file: string
}

const layerOf = (document: ConfigDocument<Playbook>): Layer => ({
  level: { kind: 'playbook' },
  document,
  base: [],
  state: document.value,
  ssh: {},
  address: undefined,
})

/** Only the last place of a layer counts; without this, playbooks that share others would double their number. */
const lastOfEach = (layers: readonly Layer[]): Layer[] =>
  layers.filter((layer, index) => layers.lastIndexOf(layer) === index)
