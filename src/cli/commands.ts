import { conformanceOptions } from './conformance-options.ts'
import { labCommandSpecs } from './lab-commands.ts'
import { rulesOptions } from './lab-options.ts'
import type { OptionValues } from './option-values.ts'
import {
  compareOptions,
  injectOptions,
  listOptions,
  matrixOptions,
  type OptionSpec,
  plainOptions,
  proveOptions,
  reportOptions,
  runOptions,
} from './options.ts'

/** Runs a command and resolves with its exit code. `args` are its positional arguments. */
export type RunCommand = (args: readonly string[], values: OptionValues) => Promise<number>

export interface CommandSpec {
  readonly name: string
  /** As commander writes it: `[scenario...]`, `<file>`. */
  readonly arguments: string
  readonly summary: string
  readonly details: string
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
  /** Each command's modules are loaded by that command alone. */
  load(): Promise<RunCommand>
}

/** Every command but `agent`, whose arguments are the agents' own. */
export const commandSpecs: readonly CommandSpec[] = [
  {
    name: 'run',
    arguments: '[scenario...]',
    summary: 'build a cluster, check every claim, and write a report',
    details:
      'Runs the named scenarios, or all of them. Each claim ends as proved, refuted, inconclusive or skipped; the run passes when every verdict is the expected one.',
    options: runOptions,
    examples: [
      'packetproof run masquerade',
      'packetproof run masquerade --component masquerade=host:/usr/local/bin/ip-masq-agent',
      "packetproof run masquerade --test 'S0\\.(1|3)$' --keep",
      'packetproof run --dry-run --format json',
    ],
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'prove',
    arguments: '[scenario...]',
    summary: 'break the datapath on purpose and show which claim notices',
    details:
      'Runs each scenario once as it is and once for each fault. A fault that no claim notices has survived: then the exit code is 1.',
    options: proveOptions,
    examples: [
      'packetproof prove masquerade',
      'packetproof prove masquerade --fault my-faults.yaml --only-fault drop-replies',
    ],
    load: async () => (await import('./commands/run.ts')).prove,
  },
  {
    name: 'list',
    arguments: '[scenario...]',
    summary: 'list scenarios, their claims, steps and faults',
    details: 'Reads the scenario files only; nothing is run.',
    options: listOptions,
    examples: ['packetproof list', 'packetproof list masquerade --claims'],
    load: async () => (await import('./commands/list.ts')).list,
  },
  {
    name: 'doctor',
    arguments: '',
    summary: 'check what this machine can run, and say how to mend what is missing',
    details: 'Tries each thing in namespaces of its own. The exit code is 3 when the netns provider cannot run here.',
    options: plainOptions,
    examples: ['packetproof doctor', 'packetproof doctor --format json'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'report',
    arguments: '[directory...]',
    summary: 'show the last report, or the one in a folder; or merge several',
    details:
      'The folder is a run (it holds run.json) or one that holds runs; the newest of them counts. Default: reports.',
    options: reportOptions,
    examples: [
      'packetproof report',
      'packetproof report reports/masquerade --render',
      'packetproof report --merge all shard-1 shard-2',
    ],
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'pcap',
    arguments: '<file>',
    summary: 'decode a pcap file',
    details:
      'Prints one line for each packet. "-" reads standard input. A file that is cut short is an error that says where.',
    options: plainOptions,
    examples: ['packetproof pcap capture.pcap', 'tcpdump -w - -c 10 | packetproof pcap - --format json'],
    load: async () => (await import('./commands/pcap.ts')).pcap,
  },
  {
    name: 'rules',
    arguments: '<place> [table]',
    summary: "show the rules of a lab's host, or of an iptables-save listing",
    details:
      'PLACE is a host of a lab, or a file with the output of iptables-save or ip6tables-save ("-" reads standard input). Every rule is shown with its counters.',
    options: rulesOptions,
    examples: [
      'packetproof rules worker-1 nat --follow',
      'packetproof rules worker-1 --owner masquerade',
      'packetproof rules rules.txt',
      'iptables-save -c | packetproof rules - --format json',
    ],
    load: async () => (await import('./commands/rules.ts')).rules,
  },
  {
    name: 'images',
    arguments: '[action] [folder]',
    summary: 'list, fetch, save or load every image and chart that is pinned',
    details:
      'Actions: list (the default), pull, save FOLDER, load FOLDER. What was saved on a machine with internet can be loaded on one without.',
    options: plainOptions,
    examples: ['packetproof images', 'packetproof images pull', 'packetproof images save /media/stick/packetproof'],
    load: async () => (await import('./commands/images.ts')).images,
  },
  {
    name: 'inject',
    arguments: '',
    summary: 'give the pods of a manifest the sidecar, as Istio does',
    details:
      'Prints the manifest with an init container that writes the rules and a proxy container in each pod; Deployments, DaemonSets and other kinds with a pod template, lists, and files of several documents too. The annotations traffic.sidecar.istio.io/* and sidecar.istio.io/interceptionMode count. A pod on the network of its node, one that says sidecar.istio.io/inject: "false", or one that has the sidecar stays as it is, and the reason is told on standard error.',
    options: injectOptions,
    examples: [
      'packetproof inject -f app.yaml | kubectl apply -f -',
      'kubectl get deploy app -o yaml | packetproof inject -f -',
    ],
    load: async () => (await import('./commands/inject.ts')).inject,
  },
  {
    name: 'conformance',
    arguments: '',
    summary: 'hold a network policy engine against the NetworkPolicy API, case by case',
    details:
      'Runs the truth-table cases of the NetworkPolicy suite of Kubernetes and generated ones on one cluster: each puts policies and labels in force and probes every pair of pods and every port. What has to be comes from an oracle that reads the objects alone. A generated case that fails is made smaller, and the least that fails is printed as YAML.',
    options: conformanceOptions,
    examples: [
      'packetproof conformance',
      'packetproof conformance --cases 500 --seed 7',
      "packetproof conformance --provider kind --component network-policy=upstream --cases 0 --test 'named port'",
    ],
    load: async () => (await import('./commands/conformance.ts')).conformance,
  },
  {
    name: 'compare',
    arguments: '<first> <second>',
    summary: 'show two runs side by side, and where they differ',
    details:
      'Each is a folder of a run, or its run.json. Verdicts, translations, rules and listings are compared; hosts, addresses and networks by what they are, so that runs of different providers can be compared. The exit code is 0 when the runs say the same, 1 when they differ.',
    options: compareOptions,
    examples: [
      'packetproof compare reports/builtin reports/upstream',
      'packetproof compare run-a/ run-b/ --out difference.html',
    ],
    load: async () => (await import('./commands/compare.ts')).compare,
  },
  ...labCommandSpecs,
  {
    name: 'matrix',
    arguments: '',
    summary: 'who can reach whom: your own pods and NetworkPolicies, probed pair by pair',
    details:
      'Builds a fresh embedded cluster of the namespaces, pods and policies in the manifests, probes every pod from inside every other, and marks each cell that is not what the NetworkPolicy API demands. A pair that meets silence is tried three times within 300 ms, or less where the drop counters of the nodes explain the silence. The exit code is 0 when all are, 1 when some differ or could not be shown, 2 for input that the API would refuse.',
    options: matrixOptions,
    examples: [
      'packetproof matrix -f policies/ --replace-images',
      'packetproof matrix -f app.yaml --ports tcp/80,udp/53 --via service',
      'packetproof matrix -f app.yaml --explain shop/web,shop/db,tcp/5432',
      'packetproof matrix -f app.yaml --component network-policy=none',
    ],
    load: async () => (await import('./commands/matrix.ts')).matrix,
  },
]
