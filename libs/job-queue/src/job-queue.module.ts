import { BullModule } from '@nestjs/bullmq';
import { Module, type DynamicModule } from '@nestjs/common';

import { useBoundedClose } from './bounded-close';
import { JobWaker } from './job-waker';
import { connectionOf, prefixOf, type QueueOptions } from './queue-connection';
import { QUEUES } from './wake-up';
import { JOB_DEFAULTS } from './worker-defaults';

/**
 * Queues of an application, with `JobWaker` for all of its modules. An orchestrator adds its `@Processor`; the worker
 * takes the connection from here.
 */
@Module({})
export class JobQueueModule {
  static forRoot(options: QueueOptions): DynamicModule {
    useBoundedClose();
    return {
      module: JobQueueModule,
      global: true,
      imports: [
        BullModule.forRoot({
          connection: connectionOf(options),
          prefix: prefixOf(options),
          defaultJobOptions: JOB_DEFAULTS,
        }),
        BullModule.registerQueue({ name: QUEUES.advanceJob }),
      ],
      providers: [JobWaker],
      exports: [JobWaker, BullModule],
    };
  }
}
