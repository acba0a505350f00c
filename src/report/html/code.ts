import { type Html, html } from './html.ts'

/** Text in which `backquotes` mark code, as in Markdown. */
export function withCode(text: string): Html {
  const parts = text.split(/`([^`]+)`/)
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
