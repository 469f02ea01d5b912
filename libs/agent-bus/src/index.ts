export { AgentBus } from './agent-bus';
export { busConfig, busOptions } from './bus-config';
export { BusError, type BusFailure } from './bus-error';
export { BusExceptionFilter } from './bus-exception.filter';
export type { BusOptions, BusTimes, NatsBusOptions, TcpBusOptions } from './bus-options';
export { listenOnBus } from './listen-on-bus';
export { openAgentSide, openOrchestratorSide, type BusSide } from './open-bus';
export { OrchestratorBus } from './orchestrator-bus';
export { agentPermissions, orchestratorPermissions } from './site-subject';
