/** Something wrong with the YAML as such, at an offset of the text. */
export interface YamlFault {
  code: string
  at: number
  message: string
  suggestion: string | null
  /** Left out: an error. */
  severity?: 'warning'
}

/** Ends the reading of a file: going on would cost too much. */
export class Refusal extends Error {
  readonly fault: YamlFault

  constructor(code: string, at: number, message: string) {
    super(message)
    this.fault = { code, at, message, suggestion: null }
  }
}
