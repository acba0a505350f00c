import { expect, it } from 'vitest'
import { packageRoot } from '../../../helpers/package-root.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import { isolatedHost } from '../../ruleset/isolated-host.test-helper.ts'
import type { TcpCost } from './measure.ts'

const program = [process.execPath, `${packageRoot()}/bin/packetproof.mjs`, 'agent', 'tcp-cost']

it('measures connections and a stream, and names what it cannot reach or read', async () => {
  await using host = await isolatedHost()
  const server = await host.spawn([...program, 'serve', '7000'])
  let text = ''
  server.stdout.on('data', (data: Buffer) => (text += data.toString()))
  await waitFor('the server', () => text.includes('listening'), { timeoutMs: 10_000 })
  const measured = await host.exec([...program, 'measure', '127.0.0.1', '7000', '5', '1000000'])
  const cost = JSON.parse(measured.stdout) as TcpCost
  expect(cost.latenciesUs).toHaveLength(5)
  expect(cost.bytes).toBe(1_000_000)
  expect(Math.min(...cost.latenciesUs, cost.streamMs)).toBeGreaterThan(0)
  const refused = await host.exec([...program, 'measure', '127.0.0.1', '7001', '5', '10'])
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ECONNREFUSED') as unknown })
  const wrong = await host.exec([...program, 'serve', '0'])
  expect(wrong).toMatchObject({ exitCode: 2, stderr: 'error: "0" is not a number from 1\n' })
  await server.kill('SIGKILL')
})
