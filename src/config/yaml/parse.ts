import { Composer, type CST, Lexer, LineCounter, Parser } from 'yaml'
import { buildTree } from './build.ts'
import { Refusal, type YamlFault } from './fault.ts'
import { explainSyntax } from './syntax.ts'
import type { YamlNode } from './tree.ts'

export interface ParsedYaml {
  /** What could be made of the text; null when it is no YAML at all or holds nothing. */
  root: YamlNode | null
  faults: YamlFault[]
  lines: LineCounter
}

/** Deeper than any hosts file, and far from where the yaml package exhausts the stack, and with it the process. */
const MAX_DEPTH = 100

/** Parses YAML 1.2: core schema, one document, no duplicate keys, no merge keys. Never throws, whatever the text. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter()
  try {
    // The yaml package compares each key with all others of its map; with 10,000 hosts we do that better ourselves.
    const composer = new Composer({ uniqueKeys: false })
    const [document, second] = [...composer.compose(tokens(text, lines), true, text.length)]
    if (document === undefined) return { root: null, faults: [], lines }
    const errors = [...document.errors, ...document.warnings]
    if (errors.length > 0) return { root: null, faults: explainSyntax(errors, text, lines), lines }
    if (second !== undefined) {
      const message = 'a second YAML document begins here'
      return { root: null, faults: [{ ...oneDocument, at: second.range[0], message }], lines }
    }
    return { ...buildTree(document.contents, lines), lines }
  } catch (error) {
    if (error instanceof Refusal) return { root: null, faults: [error.fault], lines }
    throw error
  }
}

const oneDocument = { code: 'YAML_SYNTAX', suggestion: 'keep one document in a file' }

/** The parser keeps its own stack, the composer recurses: so the depth is watched here, before anything is composed. */
function* tokens(text: string, lines: LineCounter): Generator<CST.Token> {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  for (const lexeme of new Lexer().lex(text)) {
    if (parser.stack.length > MAX_DEPTH) {
      throw new Refusal('YAML_TOO_DEEP', parser.offset, `nested more than ${MAX_DEPTH} levels deep`)
    }
    yield* parser.next(lexeme)
  }
  yield* parser.end()
}
