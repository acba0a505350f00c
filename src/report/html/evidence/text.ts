import type { TextEvidence, TranscriptEvidence } from '../../evidence-model.ts'
import { formatDuration } from '../../printable.ts'
import { linkToFile } from '../context.ts'
import { type Html, html } from '../html.ts'

export function renderTranscript(evidence: TranscriptEvidence): Html {
  return html`<ol class="transcript">${evidence.entries.map(
    (
      entry,
    ) => html`<li><div class="command"><span class="prompt">${entry.host}#</span> <code class="copyable">${entry.command}</code><span class="dim">${entry.atMs.toFixed(0)} ms, took ${formatDuration(entry.durationMs)}</span>${exitOf(entry)}</div>
${entry.stdout !== '' && html`<pre>${entry.stdout}</pre>`}${entry.stderr !== '' && html`<pre class="stderr">${entry.stderr}</pre>`}</li>`,
  )}</ol>`
}

function exitOf(entry: TranscriptEvidence['entries'][number]): Html {
  if (entry.signal !== undefined) return html`<span class="bad">ended by ${entry.signal}</span>`
  return entry.exitCode === 0 ? html`` : html`<span class="bad">exit ${entry.exitCode ?? '?'}</span>`
}

export function renderText(evidence: TextEvidence): Html {
  return html`${evidence.file !== undefined && html`<p class="meta">${linkToFile(evidence.file)}</p>`}<pre>${evidence.text}</pre>`
}
