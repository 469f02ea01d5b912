import type { Patch } from '@orion/testing';

/** What keeps each guarantee, and the patches that take it out of a build. */
export const GUARDS = {
  /** A VM without our mark is never changed. */
  ownerMark: [
    {
      module: 'libs/hypervisor/dist/proxmox/vm/locate-vm.js',
      find: 'return config.mark !== undefined && (0, mark_tags_1.sameMark)(config.mark, ref.mark);\n}',
      replace: 'return true;\n}',
    },
  ],
  /** A command below the highest sequence of its target is refused, and one that was overtaken ends. */
  targetSequence: [
    {
      module: 'apps/hypervisor-agent/dist/commands/judge-command.js',
      find: 'if (sequence <= highestSequence)',
      replace: 'if (false)',
    },
    {
      module: 'apps/hypervisor-agent/dist/commands/command-runner.js',
      find: 'if (this.options.journal.sequenceOf(command.target) > command.sequence)',
      replace: 'if (false)',
    },
  ],
  /** What an agent has accepted and done is on its disk. */
  agentJournal: [
    {
      module: 'apps/hypervisor-agent/dist/journal/record-log.js',
      find: 'this.writing ??= this.writeAll();\n        });',
      replace: 'this.waiting.pop(); resolve();\n        });',
    },
  ],
  /** A registration shuts out the agent that served the site before. */
  siteGeneration: [
    {
      module: 'libs/persistence/dist/sites/agent-store.js',
      find: 'SET generation = site_agent.generation + 1, boot_id',
      replace: 'SET generation = site_agent.generation, boot_id',
    },
    // Nor does the second one wait for the first: it would find everything done.
    {
      module: 'libs/persistence/dist/sites/agent-store.js',
      find: "ELSE greatest(site_agent.acts_after, site_agent.heartbeat_at + $8::int * interval '1 ms') END",
      replace: 'ELSE NULL END',
    },
  ],
  /** An agent that nobody confirms any more begins no change. */
  agentLease: [
    {
      module: 'apps/hypervisor-agent/dist/site/lease.js',
      find: 'while (!this.holds) {',
      replace: 'while (false) {',
    },
  ],
  /** Who decides about a job holds its row. Taking its wake-up out of the outbox would keep a second one away as well. */
  rowLock: [
    {
      module: 'libs/persistence/dist/scheduling/job-store.js',
      find: 'WITH spent AS (DELETE FROM outbox WHERE job_id = $1)',
      replace: '',
    },
    {
      module: 'libs/persistence/dist/scheduling/job-store.js',
      find: 'true) FROM job WHERE id = $1 FOR UPDATE`',
      replace: 'true) FROM job WHERE id = $1`',
    },
    {
      module: 'libs/persistence/dist/scheduling/job-store.js',
      find: 'ORDER BY id FOR UPDATE`',
      replace: 'ORDER BY id`',
    },
  ],
  /** Each second somebody looks for what was forgotten. */
  sweep: [
    {
      module: 'apps/orchestrator/dist/sweep/sweep.js',
      find: 'setInterval(() => void this.execute(), this.settings.sweepIntervalMs)',
      replace: 'setInterval(() => undefined, this.settings.sweepIntervalMs)',
    },
  ],
  /** The wake-up of a job is a row of the transaction that accepts the job. */
  outbox: [
    {
      module: 'libs/persistence/dist/requests/job-request-store.js',
      find: 'INSERT INTO outbox (tenant_id, job_id) SELECT tenant_id, id FROM added`',
      replace: 'SELECT tenant_id, id FROM added`',
    },
  ],
  /** A request that is repeated under its key is not carried out again. */
  idempotencyKey: [
    {
      module: 'apps/gateway/dist/http/caller.js',
      find: "const key = request.headers['idempotency-key'];",
      replace: 'const key = undefined;',
    },
  ],
} as const satisfies Readonly<Record<string, readonly Patch[]>>;

/** Things that go wrong at a chosen place, in builds with and without a guard. */
export const MISHAPS = {
  /** Wake-ups never reach the queue. */
  wakeUpsLost: [
    {
      module: 'libs/job-queue/dist/job-waker.js',
      find: 'const sent = this.send(wakeUp).finally(',
      replace: 'const sent = Promise.resolve(true).finally(',
    },
  ],
  /** PostgreSQL does not cut off who is slow inside a transaction, which would hide what the row lock keeps away. */
  slowTransactionsGoOn: [
    {
      module: 'libs/persistence/dist/database/connection.js',
      find: 'idle_in_transaction_session_timeout: timeout',
      replace: 'idle_in_transaction_session_timeout: 60_000',
    },
  ],
  /** The agent tells each fact several times at once, so that two orchestrators hear of it. */
  factsToldOften: [
    {
      module: 'apps/hypervisor-agent/dist/commands/fact-sender.js',
      find: '(await this.orchestrator.event(event)).recorded',
      replace: '(await Promise.all(Array.from({ length: 6 }, () => this.orchestrator.event(event))))[0].recorded',
    },
  ],
  /** The sweep sees no pending job by its state, only by its row in the outbox. */
  pendingJobsUnseen: [
    {
      module: 'apps/orchestrator/dist/sweep/sweep.js',
      find: 'const admissible = await this.store.admissibleJobs(JOBS_AT_ONCE);',
      replace: 'const admissible = [];',
    },
  ],
} as const satisfies Readonly<Record<string, readonly Patch[]>>;

/** Clone commands stay on the wire while the file exists, also when they are sent again; then all of them arrive. */
export function clonesHeldOnTheWire(file: string): readonly Patch[] {
  return [
    {
      module: 'apps/orchestrator/dist/dispatch/send-commands.js',
      find: 'const ack = await this.bus.command(command);',
      replace:
        `if (command.kind === 'vm.clone') await orionTestHold('clone', ${JSON.stringify(file)});` +
        `const ack = await this.bus.command(command); orionTestTell({ command: command.kind, status: ack.status, code: ack.code });`,
    },
  ];
}

/** The first process that has read and admitted a pending job, to begin it, goes on only when the file is gone. */
export function beginningHeld(file: string): readonly Patch[] {
  return [
    {
      module: 'apps/orchestrator/dist/jobs/advance-job.use-case.js',
      find: 'if (!admitted)',
      replace: `if (admitted) await orionTestHoldFirst('job', ${JSON.stringify(file)}); if (!admitted)`,
    },
  ];
}

/** The first process that has read what is known of a command, to record its outcome, goes on only when the file is gone. */
export function outcomeHeld(file: string): readonly Patch[] {
  return [
    {
      module: 'apps/orchestrator/dist/facts/record-facts.use-case.js',
      find: 'const commands = new Map(read.map(',
      replace:
        `if (events.some(({ fact }) => fact.type === 'ended')) await orionTestHoldFirst('fact', ${JSON.stringify(file)});` +
        'const commands = new Map(read.map(',
    },
  ];
}
