import { injectManifest } from '../../components/sidecar/inject/inject-manifest.ts'
import { PacketproofError } from '../../errors.ts'
import type { OptionValues } from '../option-values.ts'
import { readInput } from '../read-input.ts'

/** `packetproof inject -f FILE`: a manifest whose pods have the sidecar. */
export async function inject(args: readonly string[], values: OptionValues): Promise<number> {
  const file = values.text('filename')
  if (file === undefined || args.length > 0) {
    throw new PacketproofError('E_USAGE', args[0] === undefined ? 'which manifest?' : `"${args[0]}" is no option`, {
      hint: 'packetproof inject -f FILE, or -f - for standard input',
    })
  }
  const { content, source } = await readInput(file)
  const image = values.text('image')
  const { text, notes } = injectManifest(content.toString('utf8'), source, image === undefined ? {} : { image })
  if (!values.flag('quiet')) for (const note of notes) process.stderr.write(`${note}\n`)
  process.stdout.write(text)
  return 0
}
