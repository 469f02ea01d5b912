import { parentPort } from 'node:worker_threads';
import { validateDocument } from '../validate-document';
import type { ValidationRequest } from './validation-worker';

/** Runs in a worker thread: one document a message, one answer each. */
parentPort?.on('message', ({ source, options }: ValidationRequest) => {
  parentPort?.postMessage(validateDocument(source, options));
});
