import { parentPort } from 'node:worker_threads';

import { performTask, type PlanTask } from './plan-task';

/** Runs in a worker thread: one task a message, its answer as JSON, in the order of the messages. */
parentPort?.on('message', (task: PlanTask) => {
  parentPort?.postMessage(JSON.stringify(performTask(task)));
});
