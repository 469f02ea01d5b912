import { DomainError, type ErrorCode } from '@orion/domain';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { problemOf, PROBLEM_MEDIA_TYPE } from './problem';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request.body_timeout',
  HPE_HEADER_OVERFLOW: 'request.too_large',
};

/** Answers what never became a request: one that did not arrive in time, or that is no HTTP. */
export function answerBrokenConnections(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const code = CODES[error.code ?? ''] ?? 'request.invalid';
  const detail = code === 'request.invalid' ? 'This is not HTTP/1.1 as we understand it.' : undefined;
  const problem = problemOf(new DomainError(code, detail), { instance: '/' });
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
