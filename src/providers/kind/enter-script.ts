/** Announces, as the first line on stderr, what became of a command before it ran. A byte that no program begins a line with. */
const MARK = '\u0001'

/** A pod's network namespace as its node sees it: through a process in it, which another one may have replaced in the meantime. */
export interface PodNetwork {
  readonly pid: number
  /** What `readlink /proc/PID/ns/net` says. */
  readonly namespace: string
}

export type Announcement =
  | { readonly kind: 'started'; readonly pid: number }
  /** No such program in PATH, or not one that can be run. */
  | { readonly kind: 'missing' }
  /** The pod has another network namespace by now, or none. */
  | { readonly kind: 'stale' }

/*
 * $1 and $2: the process in the pod's network namespace and that namespace, or two empty words; $3: user id or an empty word;
 * then the command. `exec` keeps the process: what is announced as its id is the command's, which leads a process group.
 */
const SCRIPT = String.raw`
pid=$1 namespace=$2 user=$3
shift 3
if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/ns/net")" != "$namespace" ]; then printf '\001stale\n' >&2; exit 125; fi
case $1 in
  */*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) command -v -- "$1" >/dev/null 2>&1 ;;
esac || { printf '\001missing\n' >&2; exit 127; }
[ -z "$user" ] || set -- setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"
[ -z "$pid" ] || set -- nsenter "--net=/proc/$pid/ns/net" -- "$@"
printf '\001%s\n' "$$" >&2
exec "$@"
`

/**
 * What runs a command in a container that stands for a machine: `sh`, `readlink`, and for users and pods `setpriv` and `nsenter`, are
 * what it needs of the container.
 */
export function enterArgv(
  argv: readonly string[],
  options: { readonly network?: PodNetwork; readonly uid?: number },
): readonly string[] {
  const { network, uid } = options
  const user = uid === undefined || uid === 0 ? '' : String(uid)
  return [
    'sh',
    '-c',
    SCRIPT,
    'sh',
    network === undefined ? '' : String(network.pid),
    network?.namespace ?? '',
    user,
    ...argv,
  ]
}

/** Splits what came on stderr into the announcement and the rest; undefined while its line is not complete. */
export function readAnnouncement(
  bytes: Buffer,
): { readonly announcement: Announcement | undefined; readonly rest: Buffer } | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] !== MARK.charCodeAt(0)) return { announcement: undefined, rest: bytes }
  const end = bytes.indexOf('\n')
  if (end < 0) return undefined
  const word = bytes.subarray(1, end).toString()
  const rest = bytes.subarray(end + 1)
  if (word === 'missing' || word === 'stale') return { announcement: { kind: word }, rest }
  return { announcement: { kind: 'started', pid: Number(word) }, rest }
}
