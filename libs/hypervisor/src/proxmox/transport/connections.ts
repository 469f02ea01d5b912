import { TLSSocket } from 'node:tls';
import { buildConnector, Pool } from 'undici';

/** pveproxy closes idle connections after about five seconds; a call must not meet that moment. */
const IDLE_MS = 3_500;
const HANDSHAKE_MS = 10_000;
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

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
 * Connections to one origin that trust exactly what they were told to: the system's authorities, `caPem` instead of them, or
 * one certificate by its SHA-256. With both, both must hold.
 */
export function openConnections(origin: string, trust: Trust): Pool {
  const tls = {
    timeout: HANDSHAKE_MS,
    minVersion: 'TLSv1.2' as const,
    ...(trust.caPem === undefined ? {} : { ca: trust.caPem }),
  };
  return new Pool(origin, {
    connect: trust.fingerprint === undefined ? tls : pinned(tls, trust.fingerprint, trust.caPem !== undefined),
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    maxResponseSize: LARGEST_ANSWER_BYTES,
    // Each call has a time limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Hands a socket over only after its certificate was compared. The chain counts as well when it is to be checked. */
function pinned(
  tls: buildConnector.BuildOptions,
  fingerprint: string,
  rejectUnauthorized: boolean,
): buildConnector.connector {
  const expected = normalizeFingerprint(fingerprint);
  if (expected === undefined) throw new Error('The certificate fingerprint is not a SHA-256 in hexadecimal');
  // A resumed session shows no certificate, so none is kept.
  const connect = buildConnector({ ...tls, rejectUnauthorized, maxCachedSessions: 0 });
  return (options, connected) => {
    connect(options, (error, socket) => {
      if (error !== null) {
        connected(error, null);
        return;
      }
      const seen = socket instanceof TLSSocket ? fingerprintOf(socket) : undefined;
      if (seen === expected) {
        connected(null, socket);
        return;
      }
      socket.destroy();
      connected(new FingerprintMismatchError(`The certificate has the SHA-256 ${seen ?? 'of none'}`), null);
    });
  };
}

function fingerprintOf(socket: TLSSocket): string | undefined {
  const { fingerprint256 } = socket.getPeerCertificate();
  return typeof fingerprint256 === 'string' ? normalizeFingerprint(fingerprint256) : undefined;
}
