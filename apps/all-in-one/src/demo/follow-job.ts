import { LiveBars, type KindProgress } from './progress-bars';
import type { RestClient } from '@orion/rest-client';

/** What the demo reads of a job. */
export interface JobReading {
  readonly id: string;
  readonly kind: string;
  readonly state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly result: unknown;
  readonly steps: readonly (KindProgress & { readonly running: number; readonly failed: number })[];
}

/** The job ended otherwise than it should have. */
export class JobFailedError extends Error {
  constructor(job: JobReading) {
    super(`${job.kind} ended ${job.state}${job.error ? `: ${job.error.code}, ${job.error.detail}` : ''}`);
    this.name = 'JobFailedError';
  }
}

const ENDED = new Set<JobReading['state']>(['succeeded', 'failed', 'cancelled']);

/**
 * Follows a job by its event stream and draws a bar per kind of step. Each event makes the job be read anew, so that the
 * picture is the server's and not a sum of what was seen; a stream that breaks is opened again. Throws when the job does
 * not succeed, and when `signal` says that nobody wants to know any more; the job goes on then.
 */
export async function followJob(
  client: RestClient,
  jobId: string,
  { out, signal }: { readonly out: NodeJS.WriteStream; readonly signal?: AbortSignal | undefined },
): Promise<JobReading> {
  const bars = new LiveBars(out);
  for (;;) {
    signal?.throwIfAborted();
    const stream = new AbortController();
    const giveUp = (): void => stream.abort(signal?.reason);
    signal?.addEventListener('abort', giveUp);
    try {
      let job = await client.get<JobReading>(`/jobs/${jobId}`);
      bars.draw(job.steps);
      if (!ENDED.has(job.state)) {
        for await (const event of client.events(`/jobs/${jobId}/events`, stream.signal)) {
          if (event.type === 'step.started') continue;
          job = await client.get<JobReading>(`/jobs/${jobId}`);
          bars.draw(job.steps);
          if (ENDED.has(job.state)) break;
        }
      }
      if (!ENDED.has(job.state)) continue;
      bars.end();
      if (job.state !== 'succeeded') throw new JobFailedError(job);
      return job;
    } finally {
      signal?.removeEventListener('abort', giveUp);
      stream.abort();
    }
  }
}
