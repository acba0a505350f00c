import { filesOfScenario } from '../evidence-files.ts'
import { shellLine } from '../printable.ts'
import { anchorOf, linkToEvidence, linkToFile, type ScenarioContext } from './context.ts'
import { type Html, html } from './html.ts'

/** The files beside the report, with what a person needs to check and to open them. */
export function renderFiles(context: ScenarioContext): Html {
  const files = filesOfScenario(context.scenario)
  if (files.length === 0) return html``
  const captures = files.filter((file) => file.file.endsWith('.pcap') || file.file.endsWith('.pcapng'))
  return html`<section id="${anchorOf(context, 'part', 'files')}"><h3>Files</h3>
<div class="scroll"><table class="files"><thead><tr><th>file</th><th>what</th><th>sha256</th></tr></thead>
<tbody>${files.map((file) => html`<tr><td>${linkToFile(file.file)}</td><td>${file.evidenceId === undefined ? file.title : linkToEvidence(context, file.evidenceId)}</td><td class="hash">${file.sha256}</td></tr>`)}</tbody></table></div>
${captures.length > 0 && html`<p class="meta">Open a capture, from the folder of this report:</p><ul class="commands">${captures.map((file) => html`<li><code class="copyable">${shellLine(['wireshark', '-r', file.file])}</code></li>`)}</ul>`}</section>`
}
