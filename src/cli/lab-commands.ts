import type { CommandSpec } from './commands.ts'
import {
  captureOptions,
  deployOptions,
  downOptions,
  explainOptions,
  labOptions,
  removeOptions,
  upOptions,
} from './lab-options.ts'
import { plainOptions } from './options.ts'

/** The commands for a cluster that is kept running for a person to explore. */
export const labCommandSpecs: readonly CommandSpec[] = [
  {
    name: 'up',
    arguments: '[profile]',
    summary: 'make a lab: a cluster that stays until it is taken down',
    details:
      'The profile is the name of one in clusters/, or a file; default: lab. The lab survives this command and a closed terminal, and belongs to the user who made it.',
    options: upOptions,
    examples: ['packetproof up', 'packetproof up masquerade --name demo', 'packetproof up lab --provider kind'],
    load: async () => (await import('./commands/lab/up.ts')).up,
  },
  {
    name: 'ls',
    arguments: '',
    summary: 'list the labs',
    details: 'With what has been deployed in them and which faults they have.',
    options: plainOptions,
    examples: ['packetproof ls', 'packetproof ls --format json'],
    load: async () => (await import('./commands/lab/ls.ts')).ls,
  },
  {
    name: 'down',
    arguments: '[name...]',
    summary: 'take labs down; nothing is left of them',
    details: 'Without a name: the only one there is.',
    options: downOptions,
    examples: ['packetproof down', 'packetproof down demo', 'packetproof down --all'],
    load: async () => (await import('./commands/lab/down.ts')).down,
  },
  {
    name: 'exec',
    arguments: '<host> [command...]',
    summary: "run a command on a lab's node, pod, outsider or external host",
    details:
      "As root, with this machine's programs; of a pod it is the network namespace. The exit code is the command's.",
    options: labOptions,
    examples: ['packetproof exec worker-1 -- ip route', 'packetproof exec default/client -- ss -tn'],
    load: async () => (await import('./commands/lab/exec.ts')).exec,
  },
  {
    name: 'sh',
    arguments: '<host>',
    summary: "a shell on a lab's host",
    details: 'As exec, on a terminal.',
    options: labOptions,
    examples: ['packetproof sh worker-1'],
    load: async () => (await import('./commands/lab/exec.ts')).sh,
  },
  {
    name: 'deploy',
    arguments: '<component> [argument...]',
    summary: 'deploy a component in a lab',
    details:
      "Resolves when its rules, sets or devices are in place. Arguments after -- are the agent's own; --options has what else the component can be told.",
    options: deployOptions,
    examples: [
      'packetproof deploy masquerade',
      'packetproof deploy masquerade -- --enable-ipv6',
      'packetproof deploy masquerade --variant host:/usr/local/bin/ip-masq-agent',
    ],
    load: async () => (await import('./commands/lab/deploy.ts')).deploy,
  },
  {
    name: 'remove',
    arguments: '<component>',
    summary: 'remove a component from a lab',
    details: 'Resolves when nothing of it is left.',
    options: removeOptions,
    examples: ['packetproof remove masquerade'],
    load: async () => (await import('./commands/lab/deploy.ts')).remove,
  },
  {
    name: 'explain',
    arguments: '<from> <to>',
    summary: 'send one packet and tell its story',
    details:
      'Every hook, chain and rule that it met on every host, the routes, what was rewritten, and what decided where it ended. TO is a host, NAMESPACE/POD, svc/NAME, or an address, with :PORT if wanted. The exit code is 0 when it was answered.',
    options: explainOptions,
    examples: [
      'packetproof explain client server:8080',
      'packetproof explain client svc/web',
      'packetproof explain worker-1 10.0.0.2 --format json',
      'packetproof explain client internet --svg story.svg',
    ],
    load: async () => (await import('./commands/lab/explain.ts')).explain,
  },
  {
    name: 'capture',
    arguments: '<hosts> [interface] [filter...]',
    summary: "watch packets on a lab's hosts, with names beside addresses",
    details:
      'HOSTS are names with commas between them; the interface is any by default; the filter is that of tcpdump, after --.',
    options: captureOptions,
    examples: [
      'packetproof capture worker-1',
      'packetproof capture worker-1,worker-2 eth0 -- icmp or udp port 51871',
      'packetproof capture worker-1 eth0 -w - | wireshark -k -i -',
    ],
    load: async () => (await import('./commands/lab/capture.ts')).capture,
  },
]
