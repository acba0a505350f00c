import type { Evidence, FileReference } from '../model.ts'
import { shellLine } from '../printable.ts'
import { anchorOf, linkToEvidence, linkToFile, type ScenarioContext } from './context.ts'
import { type Html, html } from './html.ts'

interface EvidenceFile extends Partial<FileReference> {
  readonly file: string
  readonly evidenceId?: string
}

/** The files beside the report, with what a person needs to check and to open them. */
export function renderFiles(context: ScenarioContext): Html {
  const files = [...context.scenario.evidence.flatMap(filesOf), ...(context.scenario.diagnostics ?? [])]
  if (files.length === 0) return html``
  const captures = files.filter((file) => file.file.endsWith('.pcap') || file.file.endsWith('.pcapng'))
  return html`<section id="${anchorOf(context, 'part', 'files')}"><h3>Files</h3>
<div class="scroll"><table class="files"><thead><tr><th>file</th><th>what</th><th>sha256</th></tr></thead>
<tbody>${files.map((file) => html`<tr><td>${linkToFile(file.file)}</td><td>${'evidenceId' in file && file.evidenceId !== undefined ? linkToEvidence(context, file.evidenceId) : file.title}</td><td class="hash">${file.sha256}</td></tr>`)}</tbody></table></div>
${captures.length > 0 && html`<p class="meta">Open a capture, from the folder of this report:</p><ul class="commands">${captures.map((file) => html`<li><code class="copyable">${shellLine(['wireshark', '-r', file.file])}</code></li>`)}</ul>`}</section>`
}

function filesOf(evidence: Evidence): EvidenceFile[] {
  const evidenceId = evidence.id
  switch (evidence.kind) {
    case 'capture':
      return [{ file: evidence.file, sha256: evidence.sha256, evidenceId }]
    case 'ruleset':
      return [evidence.beforeFile, evidence.afterFile].flatMap((file) =>
        file === undefined ? [] : [{ file, evidenceId }],
      )
    case 'text':
      return evidence.file === undefined ? [] : [{ file: evidence.file, evidenceId }]
    default:
      return []
  }
}
