export { JobQueueModule } from './job-queue.module';
export { JobWaker } from './job-waker';
export { migrateQueueSchema } from './migrate-queue-schema';
export { QUEUE_SCHEMA, type QueueOptions } from './queue-connection';
export { tracedProcess } from './queue-tracing';
export { parseWakeUp, QUEUES, type WakeUp } from './wake-up';
export { WORKER_DEFAULTS } from './worker-defaults';
