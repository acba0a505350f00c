import { findTool } from '../../../helpers/find-tool.ts'
import { commandOf, runProgram } from '../../../helpers/run-program.ts'
import { isTimeout, PacketproofError } from '../../errors.ts'
import { explainKindError } from './explain-kind-error.ts'

/** Of which the pinned node images are. An older one may not start them. */
const IMAGES_MADE_FOR = [0, 33] as const
/** Node images of the present format (containerd 2). */
const OLDEST = [0, 27] as const
const VERSION_TIMEOUT_MS = 15_000
const INSTALL_HINT =
  'see https://kind.sigs.k8s.io/docs/user/quick-start/#installation (Debian: package kind of newer suites)'

/** The program `kind`. */
export class KindProgram {
  readonly path: string
  readonly version: string

  constructor(path: string, version: string) {
    this.path = path
    this.version = version
  }

  /**
   * Runs kind with Docker as its provider.
   * @returns what it printed on stdout
   * @throws PacketproofError with what kind said
   */
  async run(
    args: readonly string[],
    options: {
      readonly timeoutMs: number
      readonly signal?: AbortSignal | undefined
      readonly stdin?: string
      /** The Docker network of the nodes. */
      readonly network?: string
    },
  ): Promise<string> {
    const { timeoutMs, signal, stdin, network } = options
    const env = {
      ...process.env,
      KIND_EXPERIMENTAL_PROVIDER: 'docker',
      ...(network !== undefined && { KIND_EXPERIMENTAL_DOCKER_NETWORK: network }),
    }
    const argv = [this.path, ...args]
    const result = await runProgram(argv, {
      timeoutMs,
      env,
      ...(signal !== undefined && { signal }),
      ...(stdin !== undefined && { stdin }),
    })
    if (result.exitCode === 0) return result.stdout
    throw explainKindError(result.stderr || result.stdout, commandOf(['kind', ...args]))
  }
}

/**
 * Finds kind, of a version that can do what is asked of it.
 * @param isImageGiven the user chose a node image, and with it whether it suits an older kind
 * @throws PacketproofError E_TOOL_MISSING, E_ENVIRONMENT for one that is too old or does not answer
 */
export async function findKind(isImageGiven: boolean): Promise<KindProgram> {
  const path = findTool('kind')
  if (path === undefined) throw new PacketproofError('E_TOOL_MISSING', 'kind cannot be found', { hint: INSTALL_HINT })
  const said = await askVersion(path)
  const version = /v?(\d+)\.(\d+)\.(\d+)/.exec(said)
  if (version === null) {
    throw new PacketproofError(
      'E_ENVIRONMENT',
      `${path} does not say its version: ${said.trim() || 'it said nothing'}`,
      {
        hint: INSTALL_HINT,
      },
    )
  }
  const found = [Number(version[1]), Number(version[2])] as const
  const needed = isImageGiven ? OLDEST : IMAGES_MADE_FOR
  if (isOlder(found, needed)) {
    const why = isImageGiven ? '' : ', with which the pinned node images were made'
    throw new PacketproofError('E_ENVIRONMENT', `${path} is kind ${version[0]}, older than ${needed.join('.')}${why}`, {
      hint: isImageGiven
        ? INSTALL_HINT
        : `${INSTALL_HINT}; or give a node image of that version's release notes with --image`,
    })
  }
  return new KindProgram(path, version[0])
}

async function askVersion(path: string): Promise<string> {
  try {
    const { stdout, stderr } = await runProgram([path, 'version'], { timeoutMs: VERSION_TIMEOUT_MS })
    return stdout || stderr
  } catch (error) {
    if (!isTimeout(error)) throw error
    throw new PacketproofError('E_ENVIRONMENT', `${path} version does not answer`, { hint: INSTALL_HINT, cause: error })
  }
}

function isOlder(found: readonly [number, number], needed: readonly [number, number]): boolean {
  return found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])
}
