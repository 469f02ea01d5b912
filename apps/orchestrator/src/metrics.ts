import type { Metrics } from '@orion/runtime';

/** What operators watch of an orchestrator. */
export class OrchestratorMetrics {
  readonly advanceSeconds;
  readonly dispatchSeconds;
  readonly facts;
  readonly commands;
  readonly stepsInFlight;
  readonly drift;
  readonly siteSilent;
  readonly stepFailures;

  constructor(metrics: Metrics) {
    this.advanceSeconds = metrics.histogram({
      name: 'orion_job_advance_seconds',
      help: 'Time that advancing a job took.',
    });
    this.dispatchSeconds = metrics.histogram({
      name: 'orion_dispatch_seconds',
      help: 'Time that a round of dispatching at a site took, without sending.',
    });
    this.facts = metrics.counter({
      name: 'orion_facts_total',
      help: 'Facts about commands that agents brought.',
      labels: ['outcome'],
    });
    this.commands = metrics.counter({
      name: 'orion_commands_total',
      help: 'Commands sent to agents, by what came of it.',
      labels: ['outcome'],
    });
    this.stepsInFlight = metrics.gauge({
      name: 'orion_steps_in_flight',
      help: 'Steps that load slots of a site, as counted at its last dispatch.',
      labels: ['site'],
    });
    this.siteSilent = metrics.gauge({
      name: 'orion_site_silent_seconds',
      help: 'Time since the agent of a site was heard of last. Nothing new is sent after 6 s.',
      labels: ['site'],
    });
    this.stepFailures = metrics.counter({
      name: 'orion_step_failures_total',
      help: 'Attempts of steps that failed, by the error and by what followed: retrying, failed, unknown.',
      labels: ['code', 'then'],
    });
    this.drift = metrics.gauge({
      name: 'orion_drift',
      help: 'VMs of a site that are not as its ranges say, as found with its last picture.',
      labels: ['site', 'kind'],
    });
  }
}
