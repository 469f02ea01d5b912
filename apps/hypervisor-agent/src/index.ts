export { agentService } from './agent.service';
export { agentConfig } from './config';

// The parts that take commands on, for the model of the protocol in `e2e/src/protocol`.
export { CommandDesk } from './commands/command-desk';
export { CommandRunner } from './commands/command-runner';
export { FactSender } from './commands/fact-sender';
export { Journal, type JournalRecord } from './journal/journal';
export type { RecordStore } from './journal/record-log';
export { beatOnce } from './site/heartbeat';
export { Lease } from './site/lease';
export { Registration } from './site/registration';
