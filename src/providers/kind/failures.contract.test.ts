import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { findTool } from '../../../helpers/find-tool.ts'
import { runProgram } from '../../../helpers/run-program.ts'
import { type ClusterProfile, profileSchema } from '../../cluster/profile.ts'
import { connectDocker, type Docker } from '../../docker/docker.ts'
import type { PacketproofError } from '../../errors.ts'
import { clusterName } from './cluster-name.ts'
import { createArguments } from './kind-commands.ts'
import { kindConfig } from './kind-config.ts'
import { findKind } from './kind-program.ts'
import { CLUSTER_LABEL, OWNER_LABEL, ownerOf, RECIPE_LABEL, RETAIN_LABEL } from './labels.ts'
import { listLeftoverClusters, removeCluster } from './leftovers.ts'
import { outsideNetworkArguments } from './networks.ts'
import { createKindCluster, type KindClusterOptions } from './provider.ts'
import { buildTestImage, dockerForTests, TEST_IMAGE } from './testing/docker-for-tests.ts'

const found = await dockerForTests()
const kindPath = findTool('kind')
const skipsDocker = 'reason' in found ? found.reason : undefined
const skipsKind = skipsDocker ?? (kindPath === undefined ? 'kind cannot be found' : undefined)

/** An image whose containers end at once: as a node it never comes up. */
const BROKEN_IMAGE = 'packetproof-test/broken:1'

function profileWith(changes: object = {}): ClusterProfile {
  return profileSchema.parse({
    name: 'failures',
    description: 'A node, an outsider and an external host.',
    nodeSubnets: ['172.30.0.0/24'],
    podCidrs: ['10.30.0.0/16'],
    serviceCidrs: ['10.31.0.0/16'],
    nodes: [{ name: 'one', role: 'control-plane' }],
    outsiders: [{ name: 'outsider' }],
    externalHosts: [{ name: 'far', addresses: ['203.0.113.10/24'], routes: ['172.30.0.0/24'] }],
    ...changes,
  })
}

async function refusalOf(
  options: Partial<KindClusterOptions> = {},
  profile = profileWith(),
): Promise<PacketproofError> {
  const made = createKindCluster(profile, { name: 'failures', toolImage: TEST_IMAGE, podImages: [], ...options })
  return await made.then(
    async (cluster) => {
      await cluster[Symbol.asyncDispose]()
      throw new Error('a cluster was made')
    },
    (error: unknown) => error as PacketproofError,
  )
}

describe('a kind cluster cannot be made', () => {
  let folder: string
  let servers: Server[] = []

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'packetproof-kind-failures-'))
  })

  afterEach(() => {
    vi.unstubAllEnvs()
    for (const server of servers) server.close()
    servers = []
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  /** A folder of tools that holds nothing but these scripts, and links to real programs where the script is an absolute path. */
  function useTools(tools: Readonly<Record<string, string>>): void {
    const place = mkdtempSync(join(folder, 'tools-'))
    for (const [name, script] of Object.entries(tools)) {
      if (script.startsWith('/')) symlinkSync(script, join(place, name))
      else writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`)
      if (!script.startsWith('/')) chmodSync(join(place, name), 0o755)
    }
    vi.stubEnv('PACKETPROOF_TOOL_PATH', place)
  }

  const working = { docker: 'echo 28.0.0 1.48 amd64', kind: 'echo kind v0.33.0 go1.27 linux/amd64' }

  it('of a profile that kind does not know how to make, before anything is looked for', async () => {
    useTools({})
    const twoFamilies = profileWith({ serviceCidrs: ['fd00:31::/112'] })
    expect(await refusalOf({}, twoFamilies)).toMatchObject({ code: 'E_INVALID_INPUT' })
    const nobody = profileWith({ kind: { kubeProxyMode: 'none' } })
    expect(await refusalOf({}, nobody)).toMatchObject({ code: 'E_INVALID_INPUT' })
  })

  it('without Docker', async () => {
    useTools({ kind: working.kind })
    expect(await refusalOf()).toMatchObject({ code: 'E_TOOL_MISSING', message: 'docker cannot be found' })
  })

  it('without a daemon', async (context) => {
    const docker = findTool('docker') ?? ''
    context.skip(docker === '', 'docker cannot be found')
    useTools({ docker, kind: working.kind })
    vi.stubEnv('DOCKER_HOST', `unix://${folder}/no.sock`)
    expect(await refusalOf()).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: expect.stringContaining('the Docker daemon does not run') as string,
      hint: expect.stringContaining('--provider netns') as string,
    })
  })

  it('with a daemon that this user may not speak to', async () => {
    const said = 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock'
    useTools({ ...working, docker: `echo "${said}" >&2; exit 1` })
    expect(await refusalOf()).toMatchObject({ code: 'E_NO_PRIVILEGE' })
  })

  it('with a daemon that accepts a connection and says nothing', async (context) => {
    const docker = findTool('docker') ?? ''
    context.skip(docker === '', 'docker cannot be found')
    useTools({ docker })
    const path = join(folder, 'silent.sock')
    servers.push(createServer(() => undefined).listen(path))
    vi.stubEnv('DOCKER_HOST', `unix://${path}`)
    await expect(connectDocker(undefined, 300)).rejects.toMatchObject({
      code: 'E_ENVIRONMENT',
      message: 'the Docker daemon did not answer within 0.3 s',
    })
  })

  it('without kind, or with one that is too old, or not kind at all', async () => {
    useTools({ docker: working.docker })
    expect(await refusalOf()).toMatchObject({ code: 'E_TOOL_MISSING', message: 'kind cannot be found' })
    useTools({ ...working, kind: 'echo kind v0.20.0 go1.20.4 linux/amd64' })
    expect(await refusalOf()).toMatchObject({
      code: 'E_ENVIRONMENT',
      message: expect.stringMatching(
        /is kind v0\.20\.0, older than 0\.33, with which the pinned node images were made$/,
      ) as string,
    })
    expect((await refusalOf({ image: 'my-node:1' })).message).toMatch(/older than 0\.27$/)
    useTools({ ...working, kind: 'echo Usage: kind of a game' })
    expect((await refusalOf()).message).toMatch(/does not say its version: Usage: kind of a game$/)
  })

  it('with Cilium, but without Helm', async () => {
    useTools(working)
    expect(await refusalOf({}, profileWith({ kind: { cni: 'cilium' } }))).toMatchObject({
      code: 'E_TOOL_MISSING',
      message: expect.stringContaining('installs Cilium with helm, which cannot be found') as string,
    })
  })

  it('when its user has given up', async () => {
    useTools(working)
    expect(await refusalOf({ signal: AbortSignal.abort() })).toMatchObject({ code: 'E_INTERRUPTED' })
  })
})

describe('with a Docker daemon', () => {
  let docker: Docker

  /** Other tests use the same daemon. */
  const everything = async (): Promise<readonly string[]> =>
    (await listLeftoverClusters(docker))
      .map(({ name }) => name)
      .filter((name) => name.startsWith('packetproof-failures'))
  const temporary = (): readonly string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('packetproof-failures-'))

  beforeAll(async () => {
    if (!('docker' in found)) return
    docker = found.docker
    await buildTestImage(docker)
    const context = mkdtempSync(join(tmpdir(), 'packetproof-image-'))
    writeFileSync(join(context, 'Dockerfile'), `FROM ${TEST_IMAGE}\nCMD ["true"]\n`)
    await docker.run(['build', '--quiet', '--tag', BROKEN_IMAGE, context])
    rmSync(context, { recursive: true })
  })

  it('a half-made cluster is removed altogether, and the error says what kind said', async (context) => {
    context.skip(skipsKind !== undefined, skipsKind)
    const left = temporary()
    const error = await refusalOf({ image: BROKEN_IMAGE })
    expect(error.code).toMatch(/^E_(CLUSTER|ENVIRONMENT)$/)
    expect(error.message).toMatch(/a node did not start|docker run .* failed|error/i)
    expect(await everything()).toEqual([])
    const logs = /the logs of the nodes are in (\S+)/.exec(error.hint ?? '')?.[1]
    if (logs !== undefined) rmSync(logs, { recursive: true, force: true })
    expect(temporary()).toEqual(left)
  })

  it('a cluster of an image that cannot be had is not begun', async (context) => {
    context.skip(skipsKind !== undefined, skipsKind)
    const error = await refusalOf({ image: 'localhost:1/packetproof-test/no-such:1' })
    expect(error.message).toMatch(/registry|image/)
    expect(await everything()).toEqual([])
  })

  it('an interrupt ends the making, and leaves nothing', async (context) => {
    context.skip(skipsKind !== undefined, skipsKind)
    const giveUp = new AbortController()
    const refused = refusalOf({ image: BROKEN_IMAGE, signal: giveUp.signal })
    await vi.waitFor(async () => expect(await everything()).not.toEqual([]), {
      timeout: 20_000,
      interval: 50,
    })
    giveUp.abort()
    expect(await refused).toMatchObject({ code: 'E_INTERRUPTED' })
    expect(await everything()).toEqual([])
  })

  it('a half-made cluster stays when it is to be retained', async (context) => {
    context.skip(skipsKind !== undefined, skipsKind)
    const name = clusterName('failures', true)
    try {
      const error = await refusalOf({ image: BROKEN_IMAGE, retain: true })
      const kept = (await listLeftoverClusters(docker)).find((cluster) => cluster.name === name)
      expect(kept).toMatchObject({ isRetained: true })
      const logs = /the logs of the nodes are in (\S+)/.exec(error.hint ?? '')?.[1]
      if (logs !== undefined) rmSync(logs, { recursive: true, force: true })
      expect((await refusalOf({ image: BROKEN_IMAGE, retain: true })).message).toMatch(
        /is not complete, or does not run$/,
      )
    } finally {
      await removeCluster(docker, name)
    }
  })

  it('a name that another cluster has is refused', async (context) => {
    context.skip(skipsKind !== undefined, skipsKind)
    const name = clusterName('failures', true)
    const labels = { [CLUSTER_LABEL]: name, [OWNER_LABEL]: ownerOf(), [RECIPE_LABEL]: 'other', [RETAIN_LABEL]: 'true' }
    try {
      await docker.run(outsideNetworkArguments(name, labels))
      expect(await refusalOf({ image: BROKEN_IMAGE, retain: true })).toMatchObject({
        code: 'E_CLUSTER',
        message: `the name ${name} is in use by a cluster of another profile or node image`,
        hint: expect.stringContaining('packetproof down --all') as string,
      })
    } finally {
      await removeCluster(docker, name)
    }
  })

  it("the configuration of every profile is one that kind accepts, and the user's kubeconfig stays as it is", async (context) => {
    context.skip(skipsKind !== undefined, skipsKind)
    const kind = await findKind(true)
    const home = mkdtempSync(join(tmpdir(), 'packetproof-home-'))
    const kubeconfig = join(home, 'kubeconfig')
    mkdirSync(join(home, 'home'))
    try {
      for (const profile of [profileWith(), profileWith({ kind: { cni: 'cilium', kubeProxyMode: 'none' } })]) {
        const argv = createArguments({
          name: 'packetproof-config',
          image: BROKEN_IMAGE,
          kubeconfig,
          waitsForNodes: true,
        })
        const network = { KIND_EXPERIMENTAL_PROVIDER: 'docker', KIND_EXPERIMENTAL_DOCKER_NETWORK: 'bridge' }
        const env = { ...process.env, HOME: join(home, 'home'), ...network }
        const run = { timeoutMs: 60_000, env }
        // kind reads the configuration before it makes anything of it.
        const good = await runProgram([kind.path, ...argv], { ...run, stdin: kindConfig(profile) })
        expect(good.stderr).toContain('Preparing nodes')
        await removeCluster(docker, 'packetproof-config')
        const wrong = kindConfig(profile).replace('kubeProxyMode', 'kubeProxyMood')
        const bad = await runProgram([kind.path, ...argv], { ...run, stdin: wrong })
        expect(bad.stderr).toContain('field kubeProxyMood not found')
      }
      expect(readdirSync(home)).toEqual(['home'])
      expect(readdirSync(join(home, 'home'))).toEqual([])
    } finally {
      rmSync(home, { recursive: true })
    }
    expect(homedir()).not.toBe(home)
  })
})
