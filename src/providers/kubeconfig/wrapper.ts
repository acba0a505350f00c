import { randomBytes } from 'node:crypto'
import type { ExecOptions } from '../../cluster/host.ts'

/** A network namespace as a process of the node shows it: the process may end and its number be given to another. */
export interface NetworkPlace {
  readonly pid: number
  readonly inode: string
}

export interface WrappedCommand {
  /** Begins a line in which the wrapper speaks, wherever it stands in the output. Its first byte is rare. */
  readonly mark: string
  readonly argv: readonly string[]
}

export const WRAPPER_PATH = '/run/packetproof/run'

/**
 * The exec of the Kubernetes API loses exit codes and cannot end the input of a command, so both go in band: the wrapper says in marked
 * lines which process group the command has, and how it ended, after everything else on both outputs. Input comes as a number of bytes
 * (MODE is the number), not at all (`none`), or as base64 line by line up to a dot (`lines`). It is a file in the pod: the command of an
 * exec is part of an address, and long ones are refused.
 */
export const WRAPPER_SCRIPT = `n=$1 mode=$2 place=$3 program=$4; shift 4
say() { printf '%s %s\\n' "$n" "$*"; }
cd /
if [ "$place" != - ] && [ "$(stat -L -c %i "/proc/\${place%%:*}/ns/net" 2>/dev/null)" != "\${place#*:}" ]; then
  say stale >&2; say end; exit 0
fi
found=
case $program in
  */*) found=$program ;;
  *) IFS=:; for folder in $PATH; do [ -x "$folder/$program" ] && found=$folder/$program && break; done; unset IFS ;;
esac
if [ ! -x "$found" ] || [ -d "$found" ]; then
  if [ -e "$program" ]; then say forbidden >&2; else say missing >&2; fi
  say end; exit 0
fi
run() {
  # In the foreground: a shell makes what it puts into the background deaf to SIGINT. What it says of a killed child is nobody's output.
  (setsid sh -c 'exec 2>&4 4>&-; printf "%s pid %s\\n" "$0" "\${$}" >&2; exec "$@"' "$n" "$@"; exit $?) 4>&2 2>/dev/null
  code=$?
  say end
  say exit "$code" >&2
}
case $mode in
  none) run "$@" </dev/null ;;
  lines) while IFS= read -r line && [ "$line" != . ]; do printf %s "$line" | base64 -d; done 2>/dev/null | run "$@" ;;
  *) head -c "$mode" 2>/dev/null | run "$@" ;;
esac
`

/** @param inputBytes how many bytes of input there are; `lines` when that is not known yet */
export function wrapCommand(
  argv: readonly string[],
  options: Pick<ExecOptions, 'uid' | 'env'>,
  inputBytes: number | 'lines',
  place: NetworkPlace | undefined,
): WrappedCommand {
  const mark = `\u001e${randomBytes(16).toString('hex')}`
  const { uid, env } = options
  const command = [
    ...(place === undefined ? [] : ['nsenter', `--net=/proc/${place.pid}/ns/net`, '--']),
    ...(uid === undefined || uid === 0 ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']),
    ...(env === undefined ? [] : ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]),
    ...argv,
  ]
  const mode = inputBytes === 0 ? 'none' : String(inputBytes)
  const where = place === undefined ? '-' : `${place.pid}:${place.inode}`
  return { mark, argv: ['sh', WRAPPER_PATH, mark, mode, where, argv[0] ?? '', ...command] }
}

/** Ends a process group that a wrapper told of. One that is gone already is no error. */
export function killArgv(pid: number, signal: string): readonly string[] {
  return [
    'sh',
    '-c',
    'kill -s "$1" -- "-$2" 2>/dev/null || true',
    'packetproof',
    signal.replace(/^SIG/, ''),
    String(pid),
  ]
}
