import { MAX_MESSAGE_BYTES } from '@orion/contracts';

/** The token crosses in clear text, so it must not leave the machine. */
export const BUS_TCP_HOST = '127.0.0.1';

/** Per connection: room for the messages of a burst, and a peer that stops in the middle of one is cut off. */
export const JSON_SOCKET_LIMITS = {
  maxBufferSize: 64 * MAX_MESSAGE_BYTES,
  maxSendBufferSize: 64 * MAX_MESSAGE_BYTES,
  incompleteMessageTimeout: 10_000,
} as const;
