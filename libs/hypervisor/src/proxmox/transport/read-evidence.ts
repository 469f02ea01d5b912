import { isAxiosError, isCancel } from 'axios';
import type { FailureEvidence } from '../errors/proxmox-failure';
import { asAnswer, textOf } from './answer';

/** Connection errors that come before anything was sent. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_CERTIFICATE_FINGERPRINT|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|UNABLE_TO_\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT\w*)$/;
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
  if (isCancel(error)) {
    return { where: 'transport', text: 'no answer in time', connectionCode: 'ETIMEDOUT', ambiguous: true };
  }
  if (isAxiosError(error) && /maxContentLength/.test(error.message)) {
    return {
      where: 'transport',
      text: 'the answer is too large',
      connectionCode: 'ERR_ANSWER_TOO_LARGE',
      ambiguous: false,
    };
  }
  const connectionCode = codeOf(error);
  return {
    where: 'transport',
    text: error instanceof Error ? error.message : 'the connection failed',
    connectionCode,
    ambiguous: !NOT_SENT.test(connectionCode),
  };
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  if (typeof code === 'string' && code !== 'ERR_BAD_REQUEST' && code !== 'ERR_NETWORK') return code;
  return cause === undefined ? 'EUNKNOWN' : codeOf(cause);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
