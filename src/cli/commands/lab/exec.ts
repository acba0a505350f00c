import { pipeline } from 'node:stream/promises'
import { findHost, listHosts } from '../../../cluster/find-host.ts'
import type { Host } from '../../../cluster/host.ts'
import { PacketproofError } from '../../../errors.ts'
import { openLab } from '../../../lab/open-lab.ts'
import type { OptionValues } from '../../option-values.ts'

/** `packetproof exec HOST -- COMMAND…`: exits as the command does. */
export async function exec(args: readonly string[], values: OptionValues): Promise<number> {
  const [name = '', ...argv] = args
  if (argv.length === 0) {
    throw new PacketproofError('E_USAGE', `what shall run on ${name}?`, {
      hint: `packetproof exec ${name} -- ip address`,
    })
  }
  await using lab = await openLab(values.text('lab'))
  const host = findHost(await listHosts(lab.cluster), name)
  return await runAttached(host, argv)
}

/** `packetproof sh HOST`: a shell there, as on a terminal when this one is. */
export async function sh(args: readonly string[], values: OptionValues): Promise<number> {
  await using lab = await openLab(values.text('lab'))
  const host = findHost(await listHosts(lab.cluster), args[0] ?? '')
  if (!process.stdin.isTTY) return await runAttached(host, ['sh'])
  // A host has no terminals to give: script(1) makes one, of the size of this.
  const size = `stty rows ${process.stdout.rows} cols ${process.stdout.columns}`
  process.stdin.setRawMode(true)
  try {
    return await runAttached(host, ['script', '-qfec', `${size}; PS1='${host.name}# ' exec sh -i`, '/dev/null'])
  } finally {
    process.stdin.setRawMode(false)
  }
}

async function runAttached(host: Host, argv: readonly string[]): Promise<number> {
  const command = await host.spawn(argv)
  process.stdin.pipe(command.stdin)
  const printed = [
    pipeline(command.stdout, process.stdout, { end: false }),
    pipeline(command.stderr, process.stderr, { end: false }),
  ]
  const forward = (signal: 'SIGINT' | 'SIGTERM') => () => void command.kill(signal)
  const handlers = { SIGINT: forward('SIGINT'), SIGTERM: forward('SIGTERM') }
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler)
  try {
    const { exitCode, signal } = await command.exited
    // A reader that has gone (`| head`) is no error of the command.
    await Promise.allSettled(printed)
    if (exitCode !== null) return exitCode
    return signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137
  } finally {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler)
    process.stdin.unpipe(command.stdin)
    process.stdin.pause()
  }
}
