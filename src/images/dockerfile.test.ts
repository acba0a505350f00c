import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../helpers/package-root.ts'
import { AGENT_COMMAND } from './agent-command.ts'
import { imagePins } from './pins.ts'

const root = packageRoot()
const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
const instructions = (name: string): readonly string[] => lines.filter((line) => line.startsWith(`${name} `))
const programs = instructions('ENTRYPOINT').map((line) => JSON.parse(line.slice('ENTRYPOINT '.length)) as string[])

describe('the Dockerfile', () => {
  it('starts from images that are fixed by their digests', () => {
    const stages = new Set(instructions('FROM').map((line) => line.split(' AS ')[1]))
    const others = instructions('FROM').filter((line) => !stages.has(line.split(' ')[1]))
    expect(others.length).toBeGreaterThan(1)
    for (const line of others) expect(line).toMatch(/^FROM \S+@sha256:[0-9a-f]{64} AS \w+$/)
  })

  it('has a stage for each image that is built', () => {
    const stages = instructions('FROM').map((line) => line.split(' AS ')[1])
    for (const { target } of [imagePins.tools, imagePins.agent, imagePins.server]) expect(stages).toContain(target)
  })

  it('copies what there is', () => {
    const copied = instructions('COPY')
      .filter((line) => !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .map((path) => path.replace('jso[n]', 'json'))
    expect(copied.length).toBeGreaterThan(2)
    for (const path of copied) expect(`${path} ${existsSync(join(root, path))}`).toBe(`${path} true`)
  })

  it('makes an image of the agents that begins with the command they all have', () => {
    expect(programs[0]).toEqual(AGENT_COMMAND)
    expect(existsSync(join(root, programs[0]?.[1]?.replace('/opt/packetproof/', '') ?? ''))).toBe(true)
  })

  it('makes an image of the server that pods of a matrix run', () => {
    const [node, path = ''] = programs[1] ?? []
    expect(node).toBe('node')
    expect(existsSync(join(root, path.replace('/opt/packetproof/dist/', '').replace(/js$/, 'ts')))).toBe(true)
  })
})
