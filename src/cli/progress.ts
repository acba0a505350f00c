import { formatDuration, printable } from '../report/printable.ts'
import type { ProgressEvent } from '../scenario/progress.ts'
import { type Style, styleFor } from './style.ts'

type StartEvent = Extract<ProgressEvent, { type: 'step-start' }>
type EndEvent = Extract<ProgressEvent, { type: 'step-end' }>

export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  /** Nothing but failed steps. */
  readonly quiet: boolean
  /** How deep the tree is shown; on a line-by-line output too. */
  readonly depth: number
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Shows the step tree as it grows: a spinner on a terminal, plain lines elsewhere. */
export class Progress implements Disposable {
  readonly #terminal: Terminal
  readonly #options: ProgressOptions
  readonly #style: Style
  readonly #isLive: boolean
  /** Steps that have started and not ended, in order, with their depth. */
  readonly #running = new Map<string, { readonly title: string; readonly depth: number }>()
  #timer: NodeJS.Timeout | undefined
  #frame = 0

  constructor(terminal: Terminal, env: NodeJS.ProcessEnv, options: ProgressOptions) {
    this.#terminal = terminal
    this.#options = options
    this.#style = styleFor(terminal, env)
    this.#isLive = terminal.isTTY === true && env.TERM !== 'dumb' && env.CI === undefined && !options.quiet
  }

  handle(event: ProgressEvent): void {
    if (event.type === 'step-start') this.#start(event)
    else if (event.type === 'step-end') this.#end(event)
    else if (!this.#options.quiet) this.#printLine(` ${printable(event.text)}`)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#eraseSpinner()
  }

  #start(event: StartEvent): void {
    const parent = event.parentId === undefined ? undefined : this.#running.get(event.parentId)
    const depth = parent === undefined ? 0 : parent.depth + 1
    this.#running.set(event.id, { title: event.title, depth })
    if (depth > this.#options.depth || this.#options.quiet) return
    if (this.#isLive) this.#spin()
    else this.#printLine(`${indent(depth)}• ${event.title} …`)
  }

  #end(event: EndEvent): void {
    const step = this.#running.get(event.id)
    this.#running.delete(event.id)
    const depth = step?.depth ?? 0
    if (event.status === 'failed' || (!this.#options.quiet && depth <= this.#options.depth)) {
      const time = this.#style.dim(formatDuration(event.durationMs))
      this.#printLine(`${indent(depth)}${this.#mark(event.status)} ${step?.title ?? event.id}  ${time}`)
      for (const line of event.error?.split('\n') ?? []) {
        this.#printLine(`${indent(depth)}  ${this.#style.red(printable(line))}`)
      }
    }
    if (this.#running.size === 0) this[Symbol.dispose]()
  }

  #mark(status: EndEvent['status']): string {
    if (status === 'failed') return this.#style.red('✗')
    return status === 'passed' ? this.#style.green('✓') : this.#style.yellow('○')
  }

  #spin(): void {
    this.#timer ??= setInterval(() => {
      this.#frame += 1
      this.#drawSpinner()
    }, 80)
    this.#timer.unref()
    this.#drawSpinner()
  }

  #drawSpinner(): void {
    const current = [...this.#running.values()].findLast((step) => step.depth <= this.#options.depth)
    if (current === undefined) return
    const text = `${indent(current.depth)}${frames[this.#frame % frames.length]} ${current.title}`
    const width = this.#terminal.columns ?? 80
    this.#terminal.write(`\r\u001B[2K${text.slice(0, width - 1)}`)
  }

  #eraseSpinner(): void {
    if (this.#isLive) this.#terminal.write('\r\u001B[2K')
  }

  #printLine(line: string): void {
    this.#eraseSpinner()
    this.#terminal.write(`${line}\n`)
    if (this.#timer !== undefined) this.#drawSpinner()
  }
}

function indent(depth: number): string {
  return ` ${'   '.repeat(depth)}`
}
