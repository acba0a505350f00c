import type { Evidence, FaultResult, Run, ScenarioRun } from '../model.ts'

const podAddress = '10.244.196.132'
const nodeAddress = '10.0.0.1'
const database = '10.0.2.2'

const evidence: Evidence[] = [
  {
    kind: 'translation',
    id: 'E1',
    title: 'Echo request from pod client to database, and its reply',
    protocol: 'ICMP',
    rows: [
      { host: 'client', interface: 'eth0', timeMs: 812.104, source: podAddress, destination: database, icmpId: 450, ttl: 64, capture: 'E2', packetNumber: 2 },
      { host: 'node-1', interface: 'eth0', timeMs: 812.149, source: nodeAddress, destination: database, icmpId: 41025, ttl: 63, capture: 'E3', packetNumber: 2 },
      { host: 'database', interface: 'eth0', timeMs: 812.197, source: nodeAddress, destination: database, icmpId: 41025, ttl: 62 },
    ],
    replyRows: [
      { host: 'database', interface: 'eth0', timeMs: 812.223, source: database, destination: nodeAddress, icmpId: 41025, ttl: 64 },
      { host: 'node-1', interface: 'eth0', timeMs: 812.261, source: database, destination: nodeAddress, icmpId: 41025, ttl: 63, capture: 'E3', packetNumber: 3 },
      { host: 'client', interface: 'eth0', timeMs: 812.29, source: database, destination: podAddress, icmpId: 450, ttl: 62, capture: 'E2', packetNumber: 3 },
    ],
    changed: ['source', 'icmpId'],
    invariant: 'payload nonce 7f3a9c10d2e4, ICMP sequence 1, 64 bytes',
    conntrack: `icmp 1 29 src=${podAddress} dst=${database} type=8 code=0 id=450 src=${database} dst=${nodeAddress} type=0 code=0 id=41025`,
    rule: '-A IP-MASQ-AGENT -m comment --comment "ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE --random-fully   (+1 packet, +84 bytes)',
  },
  {
    kind: 'capture',
    id: 'E2',
    title: 'Inside pod client while it pings database',
    host: 'client',
    interface: 'eth0',
    filter: `icmp and host ${database}`,
    file: 'evidence/masquerade/client-eth0.pcap',
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    packetCount: 4,
    droppedByKernel: 0,
    complete: true,
    rows: [
      { number: 1, timeMs: 805.001, interface: 'eth0', direction: 'out', source: podAddress, destination: '10.244.196.1', protocol: 'UDP', info: '45000 → 9 marker 5d1e', highlight: 'marker' },
      { number: 2, timeMs: 812.104, interface: 'eth0', direction: 'out', source: podAddress, destination: database, protocol: 'ICMP', info: 'echo request id=450 seq=1 ttl=64 length 64', highlight: 'translated' },
      { number: 3, timeMs: 812.29, interface: 'eth0', direction: 'in', source: database, destination: podAddress, protocol: 'ICMP', info: 'echo reply id=450 seq=1 ttl=62 length 64', highlight: 'translated' },
      { number: 4, timeMs: 820.551, interface: 'eth0', direction: 'out', source: podAddress, destination: '10.244.196.1', protocol: 'UDP', info: '45000 → 9 marker 5d1e', highlight: 'marker' },
    ],
    rowsLeftOut: 0,
  },
  {
    kind: 'capture',
    id: 'E3',
    title: 'On the uplink of node-1 in the same window',
    host: 'node-1',
    interface: 'eth0',
    filter: 'icmp or arp or udp port 9',
    file: 'evidence/masquerade/node-1-eth0.pcap',
    sha256: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
    packetCount: 6,
    droppedByKernel: 0,
    complete: true,
    rows: [
      { number: 1, timeMs: 811.9, interface: 'eth0', direction: 'out', source: nodeAddress, destination: '10.0.0.254', protocol: 'ARP', info: 'who-has 10.0.0.254 tell 10.0.0.1', highlight: 'noise', note: 'ARP' },
      { number: 2, timeMs: 812.149, interface: 'eth0', direction: 'out', source: nodeAddress, destination: database, protocol: 'ICMP', info: 'echo request id=41025 seq=1 ttl=63 length 64', highlight: 'translated' },
      { number: 3, timeMs: 812.261, interface: 'eth0', direction: 'in', source: database, destination: nodeAddress, protocol: 'ICMP', info: 'echo reply id=41025 seq=1 ttl=63 length 64', highlight: 'translated' },
      { number: 4, timeMs: 813.4, interface: 'eth0', direction: 'out', source: nodeAddress, destination: database, protocol: 'ICMP', info: 'echo request id=7 seq=1 ttl=64 length 64', highlight: 'control', note: 'the node’s own ping' },
    ],
    rowsLeftOut: 2,
  },
  {
    kind: 'ruleset',
    id: 'E4',
    title: 'Chain IP-MASQ-AGENT over the ping',
    host: 'node-1',
    family: 4,
    table: 'nat',
    chain: 'IP-MASQ-AGENT',
    beforeFile: 'evidence/masquerade/node-1-before.rules',
    afterFile: 'evidence/masquerade/node-1-after.rules',
    rows: [
      { chain: 'IP-MASQ-AGENT', number: 1, rule: '-d 169.254.0.0/16 -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN', packets: 0, bytes: 0, packetsDelta: 0, bytesDelta: 0, changed: false },
      { chain: 'IP-MASQ-AGENT', number: 2, rule: '-d 10.244.0.0/16 -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN', packets: 3, bytes: 252, packetsDelta: 0, bytesDelta: 0, changed: false },
      { chain: 'IP-MASQ-AGENT', number: 3, rule: '-d 192.0.0.0/8 -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN', packets: 0, bytes: 0, packetsDelta: 0, bytesDelta: 0, changed: false },
      { chain: 'IP-MASQ-AGENT', number: 4, rule: '-m comment --comment "ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE --random-fully', packets: 1, bytes: 84, packetsDelta: 1, bytesDelta: 84, changed: true },
    ],
  },
  {
    kind: 'listing',
    id: 'E5',
    title: 'iptables -t nat -L IP-MASQ-AGENT, documented and observed',
    rows: [
      { documented: 'target     prot opt source    destination', observed: 'target     prot opt source    destination', equal: true },
      { documented: 'RETURN     all  --  anywhere  169.254.0.0/16  /* ip-masq-agent: cluster-local traffic should not be subject to MASQUERADE */ ADDRTYPE match dst-type !LOCAL', observed: 'RETURN     all  --  anywhere  link-local/16   /* ip-masq-agent: local traffic is not subject to MASQUERADE */', equal: false, note: 'the text of v2.0.0; the addrtype match has since moved to POSTROUTING' },
      { observed: 'MASQUERADE all  --  anywhere  anywhere', equal: false, note: 'not in the document' },
    ],
  },
  {
    kind: 'transcript',
    id: 'E6',
    title: 'Commands on node-1',
    entries: [
      { host: 'node-1', atMs: 790, argv: ['iptables-save', '-c', '-t', 'nat'], command: 'iptables-save -c -t nat', exitCode: 0, durationMs: 4.1, stdout: '*nat\n:PREROUTING ACCEPT [0:0]\n:IP-MASQ-AGENT - [0:0]\nCOMMIT\n', stderr: '' },
      { host: 'client', atMs: 810, argv: ['ping', '-c', '1', database], command: `ping -c 1 ${database}`, exitCode: 1, durationMs: 12.2, stdout: '', stderr: 'ping: <script>alert(1)</script>\n' },
    ],
  },
  {
    kind: 'timeline',
    id: 'E7',
    title: 'From the edited file to the first packet that obeys',
    entries: [
      { atMs: 1200, what: 'config file written', detail: 'nonMasqueradeCIDRs: [10.244.0.0/16]' },
      { atMs: 1950, what: 'chain rewritten' },
      { atMs: 1961, what: 'first packet with the node’s address' },
    ],
  },
  {
    kind: 'matrix',
    id: 'E8',
    title: 'Who reaches whom',
    cells: [
      { from: 'client', to: 'server:80', expected: 'ok', outcome: 'ok', asExpected: true },
      { from: 'client', to: 'database:5432', expected: 'ok', outcome: 'ok', asExpected: true },
      { from: 'outsider', to: 'server:80', expected: 'timed out', outcome: 'ok', asExpected: false, note: 'HTTP 200' },
      { from: 'outsider', to: 'database:5432', outcome: 'ok', asExpected: true },
    ],
  },
  {
    kind: 'trace',
    id: 'E9',
    title: 'The path of the echo request through the rules of node-1',
    host: 'node-1',
    packet: `ICMP echo request ${podAddress} → ${database}`,
    rows: [
      { hook: 'FORWARD', table: 'filter', chain: 'FORWARD', rule: '-i cali+ -j ACCEPT', action: 'accept' },
      { hook: 'POSTROUTING', table: 'nat', chain: 'POSTROUTING', rule: '-m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT', action: 'jump IP-MASQ-AGENT' },
      { table: 'nat', chain: 'IP-MASQ-AGENT', rule: '-j MASQUERADE --random-fully', action: 'accept' },
    ],
  },
  { kind: 'text', id: 'E10', title: 'Agent log', text: 'I1121 01:00:00 wrote 4 rules\n', file: 'evidence/masquerade/agent.log' },
]

const faults: FaultResult[] = [
  { name: 'jump deleted', description: 'The jump from POSTROUTING is gone', on: 'node-1', after: 'deploy the agent', argv: ['iptables', '-t', 'nat', '-D', 'POSTROUTING', '1'], injected: true, caught: true, caughtBy: ['S0.1', 'S0.3'], inconclusive: ['S0.2'], durationMs: 410, verdicts: { 'S0.1': 'refuted', 'S0.2': 'inconclusive', 'S0.3': 'refuted', 'S0.11': 'refuted', 'S0.11c': 'proved', 'S0.15': 'not-tested' } },
  { name: 'list emptied', on: 'node-1', after: 'deploy the agent', argv: ['iptables', '-t', 'nat', '-F', 'IP-MASQ-AGENT'], injected: true, caught: false, caughtBy: [], inconclusive: [], durationMs: 380, verdicts: { 'S0.1': 'proved', 'S0.2': 'proved', 'S0.3': 'proved', 'S0.11': 'refuted', 'S0.11c': 'proved', 'S0.15': 'not-tested' } },
  { name: 'agent killed', on: 'node-1', after: 'deploy the agent', argv: ['kill', '-9', '42'], injected: false, injectionError: 'no such process', caught: false, caughtBy: [], inconclusive: [], durationMs: 3, verdicts: {} },
]

/** A run in which everything that a report can show occurs: used by the writers' tests. */
export function sampleScenario(): ScenarioRun {
  return {
    name: 'masquerade',
    title: 'IP masquerade by ip-masq-agent',
    document: { id: 'S0', title: 'How ip-masq-agent hides pod addresses', language: 'zh', note: 'a walk through version 2.10' },
    sourceFile: 'scenarios/masquerade/masquerade.scenario.test.ts',
    provider: 'netns',
    profile: 'masquerade',
    components: [{ name: 'masquerade', variant: 'builtin', version: '0.1.0' }],
    status: 'failed',
    startedAt: '2026-11-21T01:00:00.000Z',
    durationMs: 2480,
    topology: {
      hosts: [
        { name: 'node-1', kind: 'node', addresses: [nodeAddress], note: 'control-plane' },
        { name: 'node-2', kind: 'node', addresses: ['10.0.0.3'] },
        { name: 'client', kind: 'pod', addresses: [podAddress], node: 'node-1' },
        { name: 'server', kind: 'pod', addresses: ['10.244.28.65'], node: 'node-2' },
        { name: 'ip-masq-agent-x7k2p', kind: 'pod', addresses: [nodeAddress], node: 'node-1', note: 'host network' },
        { name: 'outsider', kind: 'outsider', addresses: ['10.0.0.9'] },
        { name: 'router', kind: 'router', addresses: ['10.0.0.254', '10.0.2.254'] },
        { name: 'database', kind: 'external-host', addresses: [database], note: 'no route to 10.244.0.0/16' },
        { name: 'legacy', kind: 'external-host', addresses: ['192.0.2.7'], note: 'has a route to pods' },
      ],
      subnets: [
        { name: 'nodes', kind: 'nodes', cidr: '10.0.0.0/24' },
        { name: 'pods', kind: 'pods', cidr: '10.244.0.0/16' },
        { name: 'pods of node-1', kind: 'pods', cidr: '10.244.196.128/26', host: 'node-1' },
        { name: 'services', kind: 'services', cidr: '10.96.0.0/12' },
        { name: 'database network', kind: 'external', cidr: '10.0.2.0/24', host: 'database' },
      ],
    },
    steps: [
      {
        id: '1',
        title: 'create the cluster',
        startedAtMs: 0,
        durationMs: 310,
        status: 'passed',
        steps: [
          { id: '1.1', title: 'start the nodes', startedAtMs: 2, durationMs: 120, status: 'passed', steps: [] },
          { id: '1.2', title: 'start the pods', startedAtMs: 125, durationMs: 180, status: 'passed', steps: [] },
        ],
      },
      { id: '2', title: 'deploy the agent', startedAtMs: 315, durationMs: 440, status: 'passed', steps: [] },
      { id: '3', title: 'ping the database', startedAtMs: 780, durationMs: 90, status: 'passed', steps: [] },
      { id: '4', title: 'edit the configuration', startedAtMs: 1190, durationMs: 1200, status: 'failed', error: { message: 'waited 1000 ms for the chain to be rewritten, in vain', code: 'E_TIMEOUT' }, steps: [] },
    ],
    claims: [
      {
        id: 'S0.1',
        statement: 'A packet from a pod to an outside host leaves the node with the node’s address as its source.',
        judgement: 'right',
        expectation: 'proved',
        verdict: 'proved',
        asExpected: true,
        checks: [
          { role: 'observation', passed: true, what: 'source on the uplink', expected: nodeAddress, observed: nodeAddress, evidence: ['E3'] },
          { role: 'observation', passed: true, what: 'MASQUERADE rule counts one flow', expected: '+1 packet', observed: '+1 packet, +84 bytes', evidence: ['E4'] },
          { role: 'control', passed: true, what: 'the same ping with the default list', expected: podAddress, observed: podAddress },
        ],
        evidence: ['E1', 'E2', 'E3', 'E4', 'E9'],
        durationMs: 90,
      },
      {
        id: 'S0.2',
        statement: 'The answer to the node’s address is rewritten back to the pod’s address.',
        judgement: 'right',
        expectation: 'proved',
        verdict: 'proved',
        asExpected: true,
        attempts: [
          { startedAtMs: 700, verdict: 'inconclusive', reason: 'the chain was rewritten during the probe' },
          { startedAtMs: 800, verdict: 'proved' },
        ],
        checks: [{ role: 'observation', passed: true, what: 'destination inside the pod', expected: podAddress, observed: podAddress, evidence: ['E2'] }],
        evidence: ['E1', 'E2'],
        durationMs: 190,
      },
      {
        id: 'S0.3',
        statement: 'An outside host sees the node’s address only; the pod CIDR never appears.',
        judgement: 'right',
        expectation: 'proved',
        verdict: 'refuted',
        asExpected: false,
        reason: 'the outside host saw a packet from 10.244.196.132',
        checks: [
          { role: 'observation', passed: false, what: 'packets from 10.244.0.0/16 at database', expected: 'none', observed: '1: 10.244.196.132 → 10.0.2.2 <img src=x onerror=alert(1)>', evidence: ['E8'] },
          { role: 'control', passed: true, what: 'the capture sees pod addresses', expected: 'a packet', observed: 'packet 4' },
        ],
        evidence: ['E8', 'E6'],
        durationMs: 60,
      },
      {
        id: 'S0.7',
        statement: 'After the file is edited, the new rules are in place within one resync interval.',
        judgement: 'right',
        expectation: 'proved',
        verdict: 'inconclusive',
        asExpected: false,
        reason: 'the kernel dropped 3 packets of the capture',
        checks: [],
        evidence: ['E7', 'E10'],
        durationMs: 1200,
      },
      {
        id: 'S0.11',
        statement: 'Each rule of the chain matches on destinations that are not local.',
        judgement: 'outdated',
        expectation: 'refuted',
        verdict: 'refuted',
        asExpected: true,
        correctedBy: 'S0.11c',
        erratum: 'Since v2.0.1 the match is in the jump from POSTROUTING, once, and no longer in the rules of the chain.',
        checks: [{ role: 'observation', passed: false, what: 'listing equals the document’s', expected: '4 rules with ADDRTYPE', observed: 'none has it', evidence: ['E5'] }],
        evidence: ['E5'],
        durationMs: 20,
      },
      {
        id: 'S0.11c',
        statement: 'The jump from POSTROUTING carries the match on destinations that are not local.',
        judgement: 'correction',
        expectation: 'proved',
        verdict: 'proved',
        asExpected: true,
        correctionOf: 'S0.11',
        checks: [{ role: 'observation', passed: true, what: 'jump', expected: '! --dst-type LOCAL', observed: '! --dst-type LOCAL', evidence: ['E4'] }],
        evidence: ['E4'],
        durationMs: 10,
      },
      {
        id: 'S0.12',
        statement: 'The DaemonSet of the manifest runs one pod on each schedulable node.',
        judgement: 'right',
        expectation: 'proved',
        verdict: 'skipped',
        reason: 'needs Docker',
        asExpected: true,
        checks: [],
        evidence: [],
        durationMs: 0,
      },
      {
        id: 'S0.15',
        statement: 'The program is one file of some 400 lines.',
        judgement: 'informational',
        expectation: 'none',
        verdict: 'not-tested',
        reason: 'says nothing of the datapath',
        asExpected: true,
        checks: [],
        evidence: [],
        durationMs: 0,
      },
    ],
    evidence,
    faults,
    diagnostics: [{ title: 'all rules of node-1', file: 'evidence/masquerade/diagnostics/node-1.rules', sha256: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c' }],
  }
}

export function sampleRun(change: Partial<Run> = {}): Run {
  return {
    schemaVersion: 1,
    tool: { name: 'packetproof', version: '0.1.0' },
    runId: '20261121-010000-ab12',
    startedAt: '2026-11-21T01:00:00.000Z',
    durationMs: 3120,
    command: ['packetproof', 'run', 'masquerade', '--provider', 'netns', '--faults'],
    environment: { kernel: 'Linux 6.18.0 x86_64', iptables: 'v1.8.9 (nf_tables)', tcpdump: '4.99.3', node: 'v20.20.2' },
    scenarios: [sampleScenario()],
    problems: ['the capture on node-2 was never asked about'],
    ...change,
  }
}

/** The sample with everything as it should be. */
export function passingRun(): Run {
  const scenario = sampleScenario()
  return sampleRun({
    problems: [],
    scenarios: [
      {
        ...scenario,
        status: 'passed',
        steps: scenario.steps.filter((step) => step.status === 'passed'),
        claims: scenario.claims.filter((claim) => claim.asExpected),
        faults: faults.filter((fault) => fault.caught),
      },
    ],
  })
}
