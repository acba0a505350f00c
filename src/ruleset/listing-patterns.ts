/** Turns one phrase of a listing's last column into the options that print it. Options are written without quotes. */
export interface ListingPattern {
  readonly phrase: RegExp
  readonly options: (groups: readonly string[], target: string | undefined) => readonly string[]
}

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

function flags(text: string): string {
  if (!text.startsWith('0x')) return text
  const bits = Number(text)
  return flagNames.filter((_, bit) => (bits & (1 << bit)) !== 0).join(',') || 'NONE'
}

const bang = (mark: string | undefined): string[] => (mark?.includes('!') === true ? ['!'] : [])

/** What the extensions' print functions write (iptables, extensions/libxt_*.c and libipt_*.c). Tried in this order. */
export const listingPatterns: readonly ListingPattern[] = [
  { phrase: /^\/\* (.*?) ?\*\//, options: ([text = '']) => ['-m', 'comment', '--comment', text] },
  {
    phrase: /^ADDRTYPE match((?: (?:src|dst)-type !?\S+)+)/,
    options: ([types = '']) => [
      '-m',
      'addrtype',
      ...[...types.matchAll(/(src|dst)-type (!?)(\S+)/g)].flatMap(([, side, mark, type = '']) => [
        ...bang(mark),
        `--${side}-type`,
        type,
      ]),
    ],
  },
  {
    phrase: /^(tcp|udp|udplite|sctp|dccp)(?= |$)((?: (?:[sd]pts?:!?\S+|flags:!?\S+))*)/,
    options: ([module = '', items = '']) => ['-m', module, ...portOptions(items)],
  },
  {
    phrase: /^(icmp|ipv6-icmp) ?(!?)(?:type )?([\w-]+)(?: code (\d+))?/,
    options: ([family, mark, type = '', code]) => [
      '-m',
      family === 'icmp' ? 'icmp' : 'icmp6',
      ...bang(mark),
      family === 'icmp' ? '--icmp-type' : '--icmpv6-type',
      (code ?? '') === '' ? type.replace(/^type/, '') : `${type}/${code}`,
    ],
  },
  {
    phrase: /^(! )?(ct)?state (\S+)/,
    options: ([mark, , list = '']) => ['-m', 'conntrack', ...bang(mark), '--ctstate', list],
  },
  {
    phrase: /^(! )?match-set (\S+) (\S+)/,
    options: ([mark, set = '', sides = '']) => ['-m', 'set', ...bang(mark), '--match-set', set, sides],
  },
  {
    phrase: /^(conn)?mark match\s+(!?)\s*(\S+)/,
    options: ([conn, mark, value = '']) => ['-m', `${conn ?? ''}mark`, ...bang(mark), '--mark', value],
  },
  {
    phrase: /^(! )?owner (UID|GID) match (!?)(\S+)/,
    options: ([mark, kind = '', inner, id = '']) => [
      '-m',
      'owner',
      ...bang(`${mark ?? ''}${inner ?? ''}`),
      `--${kind.toLowerCase()}-owner`,
      id,
    ],
  },
  {
    phrase: /^statistic mode random (!? ?)probability (\S+)/,
    options: ([mark, p = '']) => ['-m', 'statistic', '--mode', 'random', ...bang(mark), '--probability', p],
  },
  {
    phrase: /^statistic mode nth (!? ?)every (\d+)(?: packet (\d+))?/,
    options: ([mark, every = '', packet]) => [
      '-m',
      'statistic',
      '--mode',
      'nth',
      ...bang(mark),
      '--every',
      every,
      '--packet',
      packet ?? '0',
    ],
  },
  {
    phrase: /^multiport (dports|sports|ports)\s+(!?)\s*(\S+)/,
    options: ([kind = '', mark, list = '']) => ['-m', 'multiport', ...bang(mark), `--${kind}`, list],
  },
  {
    phrase: /^limit: (?:avg )?(\S+) burst (\d+)/,
    options: ([rate = '', burst = '']) => ['-m', 'limit', '--limit', rate, '--limit-burst', burst],
  },
  {
    phrase: /^PHYSDEV match((?: (?:! )?--physdev-\S+(?: [^\s!/-]\S*)?)+)/,
    options: ([rest = '']) => ['-m', 'physdev', ...rest.trim().split(/\s+/)],
  },
  {
    phrase: /^#conn (src|dst)\/(\d+) (>|<=) (\d+)/,
    options: ([side = '', mask = '', sign, count = '']) => [
      '-m',
      'connlimit',
      sign === '>' ? '--connlimit-above' : '--connlimit-upto',
      count,
      '--connlimit-mask',
      mask,
      side === 'src' ? '--connlimit-saddr' : '--connlimit-daddr',
    ],
  },
  {
    phrase: /^recent: (SET|CHECK|UPDATE|REMOVE) name: (\S+) side: (source|dest) mask: (\S+)/,
    options: ([verb = '', name = '', side, mask = '']) => [
      '-m',
      'recent',
      `--${verb === 'CHECK' ? 'rcheck' : verb.toLowerCase()}`,
      '--name',
      name,
      '--mask',
      mask,
      side === 'source' ? '--rsource' : '--rdest',
    ],
  },
  {
    phrase: /^MAC ?(!?)\s*([\da-f:]{17})/i,
    options: ([mark, mac = '']) => ['-m', 'mac', ...bang(mark), '--mac-source', mac],
  },
  { phrase: /^(?:masq|redir) ports:? (\S+)/, options: ([range = '']) => ['-j', '--to-ports', range] },
  {
    phrase: /^to:(\S+)/,
    options: ([to = ''], target) => [
      '-j',
      target === 'SNAT' ? '--to-source' : target === 'NETMAP' ? '--to' : '--to-destination',
      to,
    ],
  },
  { phrase: /^(random-fully|random|persistent)(?= |$)/, options: ([flag = '']) => ['-j', `--${flag}`] },
  { phrase: /^reject-with (\S+)/, options: ([type = '']) => ['-j', '--reject-with', type] },
  {
    phrase: /^(?:CONN)?MARK (set|xset|and|or|xor) (\S+)/,
    options: ([verb = '', value = '']) => ['-j', `--${verb === 'xset' ? 'set-xmark' : `${verb}-mark`}`, value],
  },
  {
    phrase: /^CONNMARK (save|restore)(?: mask (\S+))?/,
    options: ([verb = '', mask]) => ['-j', `--${verb}-mark`, ...(mask === undefined ? [] : ['--mask', mask])],
  },
  {
    phrase: /^TPROXY redirect (\S+):(\d+) mark (\S+)/,
    options: ([ip = '', port = '', mark = '']) => [
      '-j',
      '--on-port',
      port,
      '--on-ip',
      ip.replace(/[[\]]/g, ''),
      '--tproxy-mark',
      mark,
    ],
  },
  {
    phrase: /^LOG (?:flags \d+ )?level (\w+)(?: prefix "([^"]*)")?/,
    options: ([level = '', prefix]) => [
      '-j',
      '--log-level',
      level,
      ...(prefix === undefined ? [] : ['--log-prefix', prefix]),
    ],
  },
  {
    phrase: /^nflog-prefix (?:"([^"]*)"|(\S+))/,
    options: ([quoted, bare]) => ['-j', '--nflog-prefix', quoted ?? bare ?? ''],
  },
  { phrase: /^nflog-group (\d+)/, options: ([group = '']) => ['-j', '--nflog-group', group] },
  { phrase: /^CT (notrack)/, options: () => ['-j', '--notrack'] },
  { phrase: /^CT zone (\d+)/, options: ([zone = '']) => ['-j', '--zone', zone] },
  {
    phrase: /^TCPMSS (?:clamp to PMTU|set (\d+))/,
    options: ([mss]) => (mss === undefined ? ['-j', '--clamp-mss-to-pmtu'] : ['-j', '--set-mss', mss]),
  },
]

function portOptions(items: string): string[] {
  return [...items.matchAll(/(?:([sd]pt)s?|(flags)):(!?)(\S+)/g)].flatMap(([, port, , mark, value = '']) => {
    if (port !== undefined) return [...bang(mark), port === 'dpt' ? '--dport' : '--sport', value]
    return [...bang(mark), '--tcp-flags', ...value.split('/').map(flags)]
  })
}
