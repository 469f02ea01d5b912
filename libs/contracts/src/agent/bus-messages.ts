import type {
  CancelReply,
  CancelRequest,
  CommandAck,
  CommandEnvelope,
  CommandEvent,
  CommandEventReply,
  Heartbeat,
  HeartbeatReply,
  InventoryPage,
  InventoryReply,
  RegisterReply,
  RegisterRequest,
  SequencesReply,
  SequencesRequest,
} from './messages';

/** What each pattern of the bus asks and answers. Every request names its site. */
export interface BusMessages {
  'agent.command': { readonly request: CommandEnvelope; readonly reply: CommandAck };
  'agent.cancel': { readonly request: CancelRequest; readonly reply: CancelReply };
  'orchestrator.register': { readonly request: RegisterRequest; readonly reply: RegisterReply };
  'orchestrator.sequences': { readonly request: SequencesRequest; readonly reply: SequencesReply };
  'orchestrator.heartbeat': { readonly request: Heartbeat; readonly reply: HeartbeatReply };
  'orchestrator.event': { readonly request: CommandEvent; readonly reply: CommandEventReply };
  'orchestrator.inventory': { readonly request: InventoryPage; readonly reply: InventoryReply };
}

export type BusPattern = keyof BusMessages;
