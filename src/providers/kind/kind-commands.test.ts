import { describe, expect, it } from 'vitest'
import { buildArguments } from '../../images/image-store.ts'
import { execArguments } from './container-process.ts'
import {
  createArguments,
  exportLogsArguments,
  installChartArguments,
  kubeconfigArguments,
  kubectlInNode,
  loadArchiveArguments,
} from './kind-commands.ts'

/** The flags of each command, from `kind COMMAND --help` of 0.33 and `helm install --help` of 3.17. */
const documented: Readonly<Record<string, readonly string[]>> = {
  'create cluster': ['--config', '--image', '--kubeconfig', '--name', '--retain', '--wait'],
  'get kubeconfig': ['--internal', '--name'],
  'export logs': ['--name'],
  'load image-archive': ['--name', '--nodes'],
  install: ['--namespace', '--values', '--kubeconfig', '--wait', '--timeout'],
}

const create = { name: 'c', image: 'kindest/node:v1.37.0', kubeconfig: '/tmp/k' }
const chart = { release: 'cilium', chart: '/c.tgz', values: '/v.yaml', kubeconfig: '/tmp/k' }

describe('the command lines', () => {
  it.each([
    ['create cluster', createArguments({ ...create, waitsForNodes: true })],
    ['get kubeconfig', kubeconfigArguments('c')],
    ['export logs', exportLogsArguments('c', '/tmp/logs')],
    ['load image-archive', loadArchiveArguments('c', '/tmp/i.tar')],
    ['install', installChartArguments(chart)],
  ])('of `%s` have documented flags only', (command, argv) => {
    expect(argv.slice(0, command.split(' ').length).join(' ')).toBe(command)
    expect(
      argv
        .filter((word) => word.startsWith('-') && word !== '-')
        .filter((flag) => !documented[command]?.includes(flag)),
    ).toEqual([])
  })

  it('of a creation read the configuration from standard input and never touch the kubeconfig of the user', () => {
    const argv = createArguments({ ...create, waitsForNodes: false }).join(' ')
    expect(argv).toBe(
      'create cluster --name c --image kindest/node:v1.37.0 --kubeconfig /tmp/k --config - --retain --wait 0s',
    )
    expect(createArguments({ ...create, waitsForNodes: true }).join(' ')).toContain('--wait 180s')
  })

  it('of kubectl use the credentials that every control plane has', () => {
    expect(kubectlInNode('get', 'nodes').join(' ')).toBe('kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes')
  })

  it('of an exec keep words apart, and standard input open', () => {
    const argv = execArguments({ container: 'n', argv: ['echo', 'a b', '$x'], env: { A: 'b c' }, uid: 7 })
    expect(argv.slice(0, 5)).toEqual(['exec', '--interactive', '--env', 'A=b c', 'n'])
    expect(argv.slice(-4)).toEqual(['7', 'echo', 'a b', '$x'])
  })

  it('of a build name the target of the Dockerfile', () => {
    expect(buildArguments('tools', 'packetproof/tools:1', 'abc').slice(0, 8).join(' ')).toBe(
      'build --quiet --target tools --tag packetproof/tools:1 --label packetproof.sources=abc',
    )
  })
})
