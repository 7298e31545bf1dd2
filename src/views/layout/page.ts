import picocolors from 'picocolors'

/** How a person looks at a view. */
export interface View {
  /** Columns of the terminal; 80 where nobody knows. */
  width: number
  color: boolean
  /** Show what is left out otherwise. */
  verbose: boolean
}

/** Colours of one view; without colour each gives its text back. */
export type Paint = ReturnType<typeof picocolors.createColors>

/** A view ready to be written on. */
export interface Page {
  /** Columns that text may fill. */
  width: number
  paint: Paint
  verbose: boolean
}

/** Lines longer than this are hard to read, shorter ones are no lines. */
const WIDEST = 110
const NARROWEST = 40

/** The page for a view. */
export function openPage(view: View): Page {
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, view.width)),
    paint: paintOf(view.color),
    verbose: view.verbose,
  }
}

/** Colours that are on or off, whatever the environment says. */
export function paintOf(color: boolean): Paint {
  return picocolors.createColors(color)
}
