import { expect, it } from 'vitest'
import { parseMountInfo } from './mount-table.ts'

it('reads mount points whose names hold spaces, and any number of optional fields', () => {
  const text = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw',
    '36 22 0:32 /sub /mnt/a\\040b rw master:2 propagate_from:3 - fuse.sshfs host:/x - rw',
    '37 22 0:33 / /proc rw - proc proc rw',
    '',
  ].join('\n')
  expect(parseMountInfo(text)).toEqual([
    { path: '/', type: 'ext4' },
    { path: '/mnt/a b', type: 'fuse.sshfs' },
    { path: '/proc', type: 'proc' },
  ])
})
