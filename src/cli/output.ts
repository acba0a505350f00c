import { type Style, styleFor } from './style.ts'

/** Prints data on stdout. */
export function printData(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`)
}

export function printJson(value: unknown): void {
  printData(JSON.stringify(value, undefined, 2))
}

/** Colours for stdout. */
export function outputStyle(): Style {
  return styleFor(process.stdout, process.env)
}

/** Columns of the terminal; without one, long lines are left whole. */
export function outputWidth(): number {
  return process.stdout.columns ?? Number.POSITIVE_INFINITY
}
