import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quote } from '../../helpers/quote.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { RunRequest } from './engine.ts'

/** Keeps a cluster for a person until the run is interrupted: writes its kubeconfig and says how to get in. */
export async function holdCluster(cluster: Cluster, request: RunRequest): Promise<void> {
  if (request.signal.aborted) return
  const folder = mkdtempSync(join(tmpdir(), 'packetproof-'))
  try {
    const path = join(folder, 'kubeconfig')
    writeFileSync(path, cluster.kubeconfig, { mode: 0o600 })
    request.onProgress({
      type: 'note',
      text: `the cluster is kept until Ctrl-C; in another terminal:\n  export KUBECONFIG=${quote(path)}\n  kubectl get nodes,pods -A -o wide`,
    })
    await once(request.signal, 'abort')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
