import { constants } from 'node:os'
import type { ExitStatus } from '../../../../cluster/host.ts'

/** The Status that ends an exec stream, on channel 3. */
export function execStatusOf({ exitCode, signal }: ExitStatus): object {
  const code = exitCode ?? 128 + signalNumber(signal)
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

function signalNumber(name: string | null): number {
  const numbers: Readonly<Record<string, number>> = constants.signals
  return numbers[name ?? ''] ?? 0
}
