import { describe, expect, it } from 'vitest'
import { checkInotify } from './kind.ts'

describe('checkInotify', () => {
  it('advises what kind advises, and names the fix', () => {
    expect(checkInotify(128)).toMatchObject({
      status: 'warning',
      fix: 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288',
    })
    expect(checkInotify(512)).toEqual({ name: 'inotify instances', status: 'ok', detail: '512' })
  })
})
