import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type PeerCertificate } from 'node:tls';

/** pveproxy closes idle connections after about five seconds; a call must not meet that moment. */
const IDLE_MS = 3_500;
const HANDSHAKE_MS = 10_000;

/** The certificate is not the pinned one. Raised before a byte of a request is written. */
export class FingerprintMismatchError extends Error {
  readonly code = 'ERR_CERTIFICATE_FINGERPRINT';
}

export interface Trust {
  readonly caPem?: string;
  readonly fingerprint?: string;
}

/** Upper case, without colons or blanks; undefined when the text is no SHA-256. */
export function normalizeFingerprint(text: string): string | undefined {
  const hex = text.replace(/[\s:]/g, '').toUpperCase();
  return /^[\dA-F]{64}$/.test(hex) ? hex : undefined;
}

/**
 * Connections that trust exactly what they were told to: the system's authorities, `caPem` instead of them, or one
 * certificate by its SHA-256. With both, both must hold.
 */
export function createTlsAgent(trust: Trust): Agent {
  const options = {
    keepAlive: true,
    timeout: IDLE_MS,
    minVersion: 'TLSv1.2' as const,
    ...(trust.caPem === undefined ? {} : { ca: trust.caPem }),
  };
  if (trust.fingerprint === undefined) return new Agent(options);
  const expected = normalizeFingerprint(trust.fingerprint);
  if (expected === undefined) throw new Error('The certificate fingerprint is not a SHA-256 in hexadecimal');
  // A resumed session shows no certificate, so none is kept.
  const agent = new Agent({ ...options, maxCachedSessions: 0 });
  return Object.assign(agent, {
    createConnection: (connection: ConnectionOptions, connected: Connected) => {
      connectPinned({ ...connection, rejectUnauthorized: trust.caPem !== undefined }, expected, connected);
      return undefined;
    },
  });
}

type Connected = (error: Error | null, socket?: Duplex) => void;

/** Hands the socket over only after the certificate was compared. The chain counts as well when it is to be checked. */
function connectPinned(options: ConnectionOptions, expected: string, connected: Connected): void {
  const socket = connect({ servername: serverName(options.host), ...options });
  const failed = (error: Error): void => connected(error);
  const tooSlow = (): void => {
    socket.destroy(Object.assign(new Error('The TLS handshake took too long'), { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' }));
  };
  socket.setTimeout(HANDSHAKE_MS, tooSlow);
  socket.once('error', failed);
  socket.once('secureConnect', () => {
    socket.off('error', failed);
    socket.off('timeout', tooSlow);
    socket.setTimeout(IDLE_MS);
    const seen = fingerprintOf(socket.getPeerCertificate());
    if (seen === expected) {
      connected(null, socket);
      return;
    }
    const error = new FingerprintMismatchError(`The certificate has the SHA-256 ${seen ?? 'of none'}`);
    socket.destroy();
    connected(error);
  });
}

function fingerprintOf(certificate: PeerCertificate): string | undefined {
  return typeof certificate.fingerprint256 === 'string' ? normalizeFingerprint(certificate.fingerprint256) : undefined;
}

/** SNI carries names only, never addresses. */
function serverName(host: string | undefined): string {
  return host === undefined || /^[\d.]+$|:/.test(host) ? '' : host;
}
