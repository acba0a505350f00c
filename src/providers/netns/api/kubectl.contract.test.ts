import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasKubectl, requireKubectl } from '../../../../helpers/kubectl.test-helper.ts'
import { manifestFile, manifests } from './testing/manifests.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

describe('the API through kubectl', () => {
  let server: TestServer
  const all = manifestFile(...Object.values(manifests))

  /** Output of a command that has to succeed. */
  const run = async (args: string, stdin?: string): Promise<string> => {
    const result = await server.kubectl(args.split(' '), stdin)
    expect(result.stderr).toBe('')
    expect(result.code).toBe(0)
    return result.stdout
  }
  /** Message of a command that has to fail. */
  const fail = async (args: string, stdin?: string): Promise<string> => {
    const result = await server.kubectl(args.split(' '), stdin)
    expect(result.code).not.toBe(0)
    return result.stderr
  }

  beforeAll(async () => {
    server = await startTestServer()
    if (hasKubectl) await run('apply -f -', all)
  })
  beforeEach(requireKubectl)
  afterAll(() => server[Symbol.asyncDispose]())

  it('reports its version', async () => {
    expect(await run('get --raw /version')).toContain('"gitVersion":"v1.34.0+packetproof"')
    expect(await run('get --raw /readyz')).toBe('ok')
  })

  it('finds nothing to do when the same is applied again', async () => {
    const lines = (await run('apply -f -', all)).trim().split('\n')
    expect(lines).toHaveLength(6)
    expect(lines.every((line) => line.endsWith(' unchanged'))).toBe(true)
  })

  it('changes what a manifest changed and deletes what it dropped', async () => {
    const changed = { ...manifests.configMap, data: { b: '2' } }
    expect(await run('apply -f -', manifestFile(changed))).toBe('configmap/settings configured\n')
    expect(await run('get cm settings -n web -o jsonpath={.data}')).toBe('{"b":"2"}')
  })

  it('shows differences', async () => {
    const changed = structuredClone(manifests.deployment) as { spec: { replicas: number } }
    changed.spec.replicas = 7
    const result = await server.kubectl(['diff', '-f', '-'], manifestFile(changed))
    expect(result.code).toBe(1)
    expect(result.stdout).toMatch(/-  replicas: 2\n\+  replicas: 7/)
  })

  it('prints tables with the columns of the real thing', async () => {
    expect(await run('get deploy -n web')).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nfront +0\/2 +0 +0 +\d+s\n$/,
    )
    expect(await run('get svc -n web -o wide')).toMatch(
      /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE +SELECTOR\nfront +ClusterIP +10\.96\.0\.10 +<none> +80\/TCP +\d+s +app=front\n$/,
    )
    expect(await run('get netpol -n web')).toMatch(/^NAME +POD-SELECTOR +AGE\ndeny +<none> +\d+s\n$/)
    expect(await run('get ns web --show-labels')).toMatch(/web +Active +\d+s +kubernetes.io\/metadata.name=web/)
  })

  it('lists everything in every namespace', async () => {
    const text = await run('get all -A')
    for (const name of ['service/front', 'daemonset.apps/agent', 'deployment.apps/front']) expect(text).toContain(name)
  })

  it('defaults what the real API defaults', async () => {
    const pod = JSON.parse(await run('get deploy front -n web -o json')) as {
      spec: { template: { spec: object }; strategy: object }
    }
    expect(pod.spec.template.spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
    })
    expect(pod.spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    })
  })

  it('labels, annotates, and patches in every way', async () => {
    await run('label deploy front -n web tier=one')
    await run('annotate deploy front -n web note=hello')
    await run(
      'patch deploy front -n web --type=json -p [{"op":"replace","path":"/metadata/labels/tier","value":"two"}]',
    )
    await run('patch deploy front -n web --type=merge -p {"metadata":{"annotations":{"note":null}}}')
    await run(
      'patch deploy front -n web -p {"spec":{"template":{"spec":{"containers":[{"name":"front","env":[{"name":"A","value":"1"}]}]}}}}',
    )
    const deployment = JSON.parse(await run('get deploy front -n web -o json')) as {
      metadata: object
      spec: { template: { spec: { containers: object[] } } }
    }
    expect(deployment.metadata).toMatchObject({ labels: { tier: 'two' } })
    expect(deployment.spec.template.spec.containers).toMatchObject([
      { image: 'nginx', env: [{ name: 'A', value: '1' }] },
    ])
  })

  it('selects by labels and by fields', async () => {
    await run('create configmap one -n web --from-literal=a=b')
    await run('label cm one -n web tier=front')
    expect(await run('get cm -n web -l tier -o name')).toBe('configmap/one\n')
    expect(
      (await server.kubectl(['get', 'cm', '-n', 'web', '-l', 'tier in (back,front),!gone', '-o', 'name'])).stdout,
    ).toBe('configmap/one\n')
    expect(await run('get cm -n web -l tier!=front -o name')).toBe('configmap/settings\n')
    expect(await run('get cm -A --field-selector metadata.name=one -o name')).toBe('configmap/one\n')
    expect(await fail('get cm -A --field-selector spec.nope=1')).toContain('field label not supported: spec.nope')
    await run('delete cm one -n web')
  })

  it('creates from files and literals, which kubectl sends as protobuf', async () => {
    await writeFile(join(server.folder, 'page.html'), '<p>ä</p>\n')
    await run('create configmap files -n web --from-file=page.html')
    expect(await run('get cm files -n web -o jsonpath={.data}')).toBe(
      '{"page.html":"<p>ä</p>\\n"}'.replace('<', '\\u003c').replace('>', '\\u003e').replace('</p>', '\\u003c/p\\u003e'),
    )
    await run('create namespace other')
    await run('create deployment none -n other --image=a --replicas=0')
    expect(await run('get deploy none -n other -o jsonpath={.spec.replicas}')).toBe('0')
    await run('create service clusterip back -n other --tcp=5000:http')
    expect(await run('get svc back -n other -o jsonpath={.spec.ports[0].targetPort}')).toBe('http')
  })

  it('applies on the server, and protects what others manage', async () => {
    const map = { ...manifests.configMap, metadata: { name: 'shared', namespace: 'web' } }
    expect(await run('apply --server-side --field-manager=one -f -', manifestFile(map))).toContain('serverside-applied')
    const other = manifestFile({ ...map, data: { a: '2' } })
    expect(await fail('apply --server-side --field-manager=two -f -', other)).toContain(
      'conflict with "one" using v1: .data.a',
    )
    await run('apply --server-side --field-manager=two --force-conflicts -f -', other)
    await run('apply --server-side --field-manager=two -f -', manifestFile({ ...map, data: { b: '3' } }))
    expect(await run('get cm shared -n web -o jsonpath={.data}')).toBe('{"b":"3"}')
  })

  it('scales', async () => {
    await run('scale deploy front -n web --replicas=5')
    expect(await run('get deploy front -n web -o jsonpath={.spec.replicas}:{.metadata.generation}')).toMatch(/^5:\d$/)
    expect(await fail('scale deploy front -n web --replicas=1 --current-replicas=4')).toContain(
      'Expected replicas to be 4, was 5',
    )
  })

  it('follows a rollout to its end', async () => {
    const rollout = server.kubectl(['rollout', 'status', 'deploy/front', '-n', 'web', '--timeout=20s'])
    server.store.modify('deployments', 'web', 'front', (draft) => {
      const counts = { replicas: 5, updatedReplicas: 5, readyReplicas: 5, availableReplicas: 5 }
      Object.assign(draft, { status: { ...counts, observedGeneration: draft.metadata.generation } })
    })
    expect((await rollout).stdout).toContain('successfully rolled out')
  })

  it('waits for a deletion', async () => {
    await run('create configmap doomed -n web')
    const [waited] = await Promise.all([
      run('wait --for=delete cm/doomed -n web --timeout=20s'),
      run('delete cm doomed -n web'),
    ])
    expect(waited).toMatch(/condition met|^$/)
  })

  it('watches', async () => {
    let hasEnded = false
    const watching = server
      .kubectl(['get', 'cm', '-n', 'web', '-w', '--output-watch-events', '--request-timeout=3s'])
      .finally(() => {
        hasEnded = true
      })
    await run('create configmap watched -n web')
    // However late the watch begins, something changes while it lasts.
    for (let turn = 0; !hasEnded; turn += 1) await run(`label cm watched -n web turn=${turn} --overwrite`)
    await run('delete cm watched -n web')
    const { stdout } = await watching
    expect(stdout).toMatch(/ADDED +watched/)
    expect(stdout).toMatch(/MODIFIED +watched/)
  })

  it('describes', async () => {
    expect(await run('describe svc front -n web')).toContain('TargetPort:               8080/TCP')
    expect(await run('describe netpol deny -n web')).toContain('Policy Types: Ingress')
    expect(await run('describe ns web')).toContain('Status:       Active')
  })

  it('explains', async () => {
    expect(await run('explain netpol.spec.ingress.ports.endPort')).toContain('endPort <integer>')
  })

  it('answers what one may do', async () => {
    expect(await run('auth can-i delete pods')).toBe('yes\n')
  })

  it('refuses unknown fields, and warns of them on request', async () => {
    const wrong = manifestFile({ ...manifests.configMap, metadata: { name: 'x', namespace: 'web' }, dada: {} })
    expect(await fail('apply -f -', wrong)).toContain('strict decoding error: unknown field "dada"')
    const warned = await server.kubectl(['create', '--validate=warn', '-f', '-'], wrong)
    expect(warned).toMatchObject({ code: 0, stderr: 'Warning: unknown field "dada"\n' })
  })

  it.each([
    [
      'a wrong type',
      { spec: { podSelector: {}, policyTypes: 'Ingress' } },
      'json: cannot unmarshal string into Go struct field NetworkPolicySpec.spec.policyTypes of type []string',
    ],
    [
      'a bad CIDR',
      { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }] } },
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0/33": must be a valid CIDR value',
    ],
    [
      'an exception outside',
      {
        spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] }] },
      },
      'must be a strict subset of `cidr`',
    ],
    [
      'an empty peer',
      { spec: { podSelector: {}, egress: [{ to: [{}] }] } },
      'spec.egress[0].to[0]: Required value: must specify a peer',
    ],
    [
      'a bad operator',
      { spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } } },
      'spec.podSelector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
    ],
    [
      'a reversed port range',
      { spec: { podSelector: {}, ingress: [{ ports: [{ port: 10, endPort: 5 }] }] } },
      'must be greater than or equal to `port`',
    ],
  ])('refuses a policy with %s', async (_what, parts, message) => {
    expect(await fail('apply -f -', manifestFile({ ...manifests.networkPolicy, ...parts }))).toContain(message)
  })

  it('takes a List, which kubectl checks by OpenAPI v2', async () => {
    const list = (item: object) =>
      manifestFile({ apiVersion: 'v1', kind: 'List', items: [{ ...manifests.configMap, ...item }] })
    expect(await fail('apply -f -', list({ dada: {} }))).toContain('unknown field "dada"')
    expect(await run('apply -f -', list({}))).toContain('configmap/settings')
  })

  it('deletes a namespace with all that is in it', async () => {
    await run('delete ns web --timeout=20s')
    expect(await run('get cm,svc,deploy,ds,netpol -A -o name')).not.toContain('settings')
    expect(await fail('get ns web')).toContain('namespaces "web" not found')
    expect(await fail('create configmap late -n web')).toContain('namespaces "web" not found')
  })
})
