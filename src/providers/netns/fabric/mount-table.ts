import { readFileSync } from 'node:fs'

export interface MountPoint {
  readonly path: string
  readonly type: string
}

/** The mounts of this mount namespace in the order they were made (proc_pid_mountinfo(5)). */
export function readMountTable(): MountPoint[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'))
}

export function parseMountInfo(text: string): MountPoint[] {
  // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ', 2)
      return { path: unescapeOctal(before.split(' ')[4] ?? ''), type: after.split(' ')[0] ?? '' }
    })
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
