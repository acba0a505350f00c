import { describe, expect, it } from 'vitest'
import { resolveCommand, restartPolicyOf, restartsAfter } from './container-command.ts'

describe('resolveCommand', () => {
  const image = { entrypoint: ['/agnhost'], defaultArguments: ['pause'] }
  const resolve = (container: { command?: string[]; args?: string[] }) =>
    resolveCommand({ name: 'c', ...container }, image, { PORT: '80' })

  it('runs the image as it is when nothing is said', () => {
    expect(resolve({})).toEqual(['/agnhost', 'pause'])
  })
  it('keeps the entrypoint and replaces its default arguments by args', () => {
    expect(resolve({ args: ['netexec', '--http-port=$(PORT)'] })).toEqual(['/agnhost', 'netexec', '--http-port=80'])
  })
  it('drops the default arguments when there is a command', () => {
    expect(resolve({ command: ['sh', '-c', 'echo $(PORT)'] })).toEqual(['sh', '-c', 'echo 80'])
  })
  it('joins command and args', () => {
    expect(resolve({ command: ['/bin/echo'], args: ['$(PORT)'] })).toEqual(['/bin/echo', '80'])
  })
  it('takes empty lists as not given', () => {
    expect(resolve({ command: [], args: [] })).toEqual(['/agnhost', 'pause'])
  })
})

describe('restartPolicyOf', () => {
  it('restarts a failed init container of an Always pod, not a finished one', () => {
    const policy = restartPolicyOf('init', 'Always')
    expect(restartsAfter(policy, 1)).toBe(true)
    expect(restartsAfter(policy, 0)).toBe(false)
  })
  it('restarts a sidecar even when the pod never restarts', () => {
    expect(restartsAfter(restartPolicyOf('sidecar', 'Never'), 0)).toBe(true)
  })
  it('never restarts a container of a Never pod', () => {
    expect(restartsAfter(restartPolicyOf('main', 'Never'), 1)).toBe(false)
  })
  it('restarts a main container whatever its exit code by default', () => {
    expect(restartsAfter(restartPolicyOf('main', undefined), 0)).toBe(true)
  })
})
