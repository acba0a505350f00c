import type { Host } from '../cluster/host.ts'
import { messageOf, PacketproofError } from '../errors.ts'
import { MARKER_DESTINATION, MARKER_ETHERTYPE, MARKER_MAGIC } from '../packet/marker.ts'

/**
 * Sends one frame from a raw AF_PACKET socket, which taps on the interface see and no rule, counter or conntrack entry does.
 * In Perl, because perl-base is essential on Debian and Ubuntu, while busybox has ether-wake and arping on some builds only
 * and neither can choose an EtherType. Numbers: AF_PACKET 17, SOCK_RAW 3, SIOCGIFFLAGS 0x8913 (IFF_UP 1), SIOCGIFHWADDR 0x8927,
 * SIOCGIFINDEX 0x8933. On `any` it takes lo, or else the first interface that is up.
 */
const SEND_FRAME = String.raw`
my ($interface, $destination, $type, $text) = @ARGV;
socket(my $socket, 17, 3, 0) or die "socket: $!\n";
sub ask { my $record = pack('a16 x24', $_[0]); return ioctl($socket, $_[1], $record) ? $record : undef }
sub is_up { my $record = ask($_[0], 0x8913); return $record && (unpack('x16 S', $record) & 1) }
if ($interface eq 'any') {
  open(my $list, '<', '/proc/net/dev') or die "/proc/net/dev: $!\n";
  my @names = map { /^\s*(\S+):\s/ ? $1 : () } <$list>;
  ($interface) = grep { is_up($_) } sort { ($b eq 'lo') <=> ($a eq 'lo') } @names;
  defined $interface or die "no interface is up\n";
}
my $record = ask($interface, 0x8933) or die "$interface: $!\n";
my $index = unpack('x16 i', $record);
my $mac = substr(ask($interface, 0x8927), 18, 6);
my $frame = pack('H12 a6 n a46', $destination, $mac, $type, $text);
my $address = pack('S n i S C C H12 x2', 17, $type, $index, 0, 0, 6, $destination);
defined send($socket, $frame, 0, $address) or die "$interface: $!\n";
`

/**
 * What lets markers through whatever else is captured; it comes first, because `vlan` in a filter shifts every offset after it.
 * The second half is for devices without a link header (tun, WireGuard), where the marker's own header is what is captured.
 */
const MARKER_FILTER =
  `(ether proto 0x${MARKER_ETHERTYPE.toString(16)} or ` +
  `(link[0:4] = 0x${MARKER_DESTINATION.slice(0, 8)} and link[12:2] = 0x${MARKER_ETHERTYPE.toString(16)}))`

/** The user's filter, widened so that markers pass; undefined (everything) stays so. */
export function withMarkers(filter: string | undefined): string | undefined {
  return filter === undefined || filter.trim() === '' ? undefined : `${MARKER_FILTER} or (${filter})`
}

/**
 * Sends a marker on an interface of a host.
 * @returns why it could not be sent (the interface is down, …), or undefined.
 * @throws PacketproofError E_TOOL_MISSING when the host has no perl.
 */
export async function sendMarker(host: Host, interfaceName: string, nonce: string): Promise<string | undefined> {
  const argv = [
    'perl',
    '-e',
    SEND_FRAME,
    interfaceName,
    MARKER_DESTINATION,
    String(MARKER_ETHERTYPE),
    MARKER_MAGIC + nonce,
  ]
  let missing: unknown
  try {
    const result = await host.exec(argv, { timeoutMs: 5000 })
    if (result.exitCode === 0) return undefined
    if (result.exitCode !== 127) return result.stderr.trim() || `perl exited with ${result.exitCode ?? result.signal}`
  } catch (error) {
    missing = error
  }
  throw new PacketproofError(
    'E_TOOL_MISSING',
    `cannot run perl on ${host.name}, which sends the capture's marker frames`,
    {
      hint: `install perl-base on it (Debian and Ubuntu always have it)${missing === undefined ? '' : `; ${messageOf(missing)}`}`,
      cause: missing,
    },
  )
}
