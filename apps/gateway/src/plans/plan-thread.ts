import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { join, sep } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { PlanTask } from './plan-task';

/** A thread runs compiled code only: where this file runs from its source, as in tests, the build beside it is taken. */
const WORKER_FILE = join(__dirname.replace(`${sep}src${sep}plans`, `${sep}dist${sep}plans`), 'plan.worker.js');

/** A task that takes longer is given up, and the thread with it, milliseconds. */
const TIME_LIMIT_MS = 20_000;
/** Tasks that may wait for the thread; a plan costs a second where a range is as large as it may be. */
const WAITING_AT_MOST = 20;

/** Works plans out beside the event loop, one after another. The thread is started when it is needed first. */
@Injectable()
export class PlanThread implements OnModuleDestroy {
  private worker: Worker | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** The plan as JSON. `service.overloaded` when too many wait or it takes too long. */
  async perform(task: PlanTask): Promise<string> {
    if (this.waiting >= WAITING_AT_MOST) throw new DomainError('service.overloaded', 'Too many plans wait.');
    this.waiting += 1;
    const turn = this.last.then(() => this.run(task));
    this.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.last;
    await this.worker?.terminate();
  }

  private run(task: PlanTask): Promise<string> {
    const worker = (this.worker ??= this.start());
    worker.ref();
    return new Promise<string>((resolve, reject) => {
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        worker.off('message', answered).off('exit', ended).off('error', failed);
        worker.unref();
        how();
      };
      const timer = setTimeout(() => {
        void worker.terminate();
        settle(() => reject(new DomainError('service.overloaded', 'The plan took too long.')));
      }, TIME_LIMIT_MS);
      const answered = (text: string): void => settle(() => resolve(text));
      const failed = (error: Error): void => settle(() => reject(error));
      const ended = (): void => settle(() => reject(new Error('The thread of plans has ended.')));
      worker.once('message', answered).once('exit', ended).once('error', failed);
      worker.postMessage(task);
    });
  }

  private start(): Worker {
    const worker = new Worker(WORKER_FILE);
    // An idle thread must not keep a process alive that has nothing else to do.
    worker.unref();
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    // Whoever waits is told; this keeps an error of an idle thread from ending the process.
    worker.on('error', () => undefined);
    return worker;
  }
}
