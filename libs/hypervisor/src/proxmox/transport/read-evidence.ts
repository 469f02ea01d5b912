import type { FailureEvidence } from '../errors/proxmox-failure';
import { asAnswer, textOf } from './answer';

const TOO_LARGE = 'ERR_ANSWER_TOO_LARGE';
/** Connection errors that come before anything was sent. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_CERTIFICATE_FINGERPRINT|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|UNABLE_TO_\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT\w*)$/;
/** What the HTTP client calls in its own way. Connecting includes the TLS handshake. */
const CONNECTION_CODES: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'ERR_TLS_HANDSHAKE_TIMEOUT',
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: TOO_LARGE,
};
const PROXY_PSEUDO_STATUS = 595;

export interface ReadAnswer {
  readonly data?: unknown;
  readonly failure?: FailureEvidence;
}

/**
 * The `data` of an answer, or what its error said. Before pve-http-server 5.2 the text of an error is in the reason phrase
 * alone; since then it is in `message` too, and whole only there.
 */
export function readEvidence(status: number, reason: string, body: string): ReadAnswer {
  const parsed = parse(body);
  if (status >= 200 && status < 300 && parsed !== undefined) return { data: asAnswer(parsed)['data'] };
  const answer = asAnswer(parsed);
  const parameters = Object.entries(asAnswer(answer['errors'])).map(
    ([name, text]) => [name, String(text).trim()] as const,
  );
  const text = (textOf(answer, 'message') ?? reason).trim();
  return {
    failure: {
      where: 'http',
      status,
      text: text === '' || status < 300 ? 'the answer is not readable' : text,
      ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
      ambiguous: status < 300 || status >= PROXY_PSEUDO_STATUS || (status >= 502 && status <= 504),
    },
  };
}

/** What is known when no answer came. Only codes and short messages: the request, with its token, is left out. */
export function readTransportEvidence(error: unknown): FailureEvidence {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { where: 'transport', text: 'no answer in time', connectionCode: 'ETIMEDOUT', ambiguous: true };
  }
  const connectionCode = codeOf(error);
  return {
    where: 'transport',
    text: error instanceof Error ? error.message : 'the connection failed',
    connectionCode,
    ambiguous: connectionCode !== TOO_LARGE && !NOT_SENT.test(connectionCode),
  };
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  if (typeof code === 'string') return CONNECTION_CODES[code] ?? code;
  return cause === undefined ? 'EUNKNOWN' : codeOf(cause);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
