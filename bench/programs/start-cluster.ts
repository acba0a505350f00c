/** Makes a cluster, runs pods, says when it has come how far, and deletes it. The argument is the number of pods. */
import { connectBenchCluster, createBenchCluster, runPods } from '../bench-cluster.ts'

const podCount = Number(process.argv[2])
const startedAt = performance.now()
await using provided = await createBenchCluster()
const createdAt = performance.now()
await runPods(await connectBenchCluster(provided), podCount)
const readyAt = performance.now()
console.log(JSON.stringify({ createMs: createdAt - startedAt, podsMs: readyAt - createdAt }))
