import { AgentBus } from '@orion/agent-bus';
import { ORCHESTRATOR_PATTERNS } from '@orion/contracts';
import {
  AdvanceJob,
  DispatchSite,
  EnforceTimes,
  EstimateJobs,
  FactBatcher,
  FollowCommit,
  OrchestratorMetrics,
  PlanJob,
  RecordFacts,
  SendCancellations,
  SendCommands,
  ServeAgents,
  SettleJob,
  Settings,
  SiteWork,
  StepTimes,
  StopJob,
  Sweep,
} from '@orion/orchestrator';
import { Metrics } from '@orion/runtime';
import type { ModelDatabase } from './database/database';
import type { Process } from './process';
import type { Listener, Wire } from './wire';

export const INSTALLATION = '00000000-0000-4000-8000-00000000aaaa';
const SETTINGS = new Settings(INSTALLATION, 1_000, 5_000, { eventDays: 0, auditDays: 0 });
const METRICS = new OrchestratorMetrics(new Metrics('orion-model', '0', ''));

export interface ModelOrchestrator extends Listener {
  readonly advance: AdvanceJob;
  readonly sweep: Sweep;
}

/** An orchestrator as its module puts it together, on the modelled database and wire. */
export function startOrchestrator(
  process: Process,
  database: ModelDatabase,
  wire: Wire,
  agents: () => readonly Listener[],
): ModelOrchestrator {
  const source = database.sourceFor(process);
  const bus = new AgentBus(wire.clientFor(process, agents));
  const followCommit = new FollowCommit();
  const stopJob = new StopJob();
  const settleJob = new SettleJob(stopJob);
  const recordFacts = new RecordFacts(source, settleJob, followCommit);
  const enforceTimes = new EnforceTimes(SETTINGS, stopJob, settleJob);
  const planJob = new PlanJob(SETTINGS, new StepTimes());
  const advance = new AdvanceJob(source, planJob, stopJob, settleJob, enforceTimes, followCommit, METRICS);
  const siteWork = new SiteWork(
    source,
    followCommit,
    new DispatchSite(source, SETTINGS, METRICS),
    new SendCommands(source, bus, recordFacts, METRICS),
    new SendCancellations(source, bus, recordFacts),
    advance,
  );
  siteWork.onApplicationBootstrap();
  const sweep = new Sweep(source, SETTINGS, advance, siteWork, new EstimateJobs(source));
  const facts = new FactBatcher(recordFacts, METRICS);
  const serveAgents = new ServeAgents(source, siteWork, SETTINGS);
  return {
    process,
    advance,
    sweep,
    handlers: {
      [ORCHESTRATOR_PATTERNS.register]: (request) => serveAgents.register(request),
      [ORCHESTRATOR_PATTERNS.sequences]: (request) => serveAgents.sequences(request),
      [ORCHESTRATOR_PATTERNS.heartbeat]: (request) => serveAgents.hear(request),
      [ORCHESTRATOR_PATTERNS.event]: async (event) => ({ recorded: await facts.record(event) }),
    },
  };
}
