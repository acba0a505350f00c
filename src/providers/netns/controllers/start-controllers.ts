import type { ControllerContext, StopController } from './controller-context.ts'
import { startDaemonSetController } from './daemon-set.ts'
import { startDeploymentController } from './deployment.ts'
import { startEndpointsController } from './endpoints.ts'
import { startPodGarbageCollection } from './pod-garbage.ts'
import { startReplicaSetController } from './replica-set.ts'
import { startScheduler } from './scheduler.ts'
import { startTaintEviction } from './taint-eviction.ts'

/** Starts what a control plane runs beside its API: the scheduler and the controllers. Returns the way to stop them. */
export function startControllers(context: ControllerContext): StopController {
  const stops = [
    startScheduler,
    startDaemonSetController,
    startReplicaSetController,
    startDeploymentController,
    startEndpointsController,
    startTaintEviction,
    startPodGarbageCollection,
  ].map((start) => start(context))
  return () => {
    for (const stop of stops) stop()
  }
}
