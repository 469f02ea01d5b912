/**
 * An error as Proxmox VE answers it: a status, a text for the reason phrase and the body, and per-parameter texts.
 * The text carries no trailing newline; the answer adds it.
 */
export class PveError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors?: Readonly<Record<string, string>>,
  ) {
    super(message);
  }
}

/** Whatever makes a Perl handler die: HTTP 500 with the text. "Not found" and "locked" are of this kind too. */
export function died(message: string): PveError {
  return new PveError(500, message);
}

export function badParameters(errors: Record<string, string>): PveError {
  return new PveError(400, 'Parameter verification failed.', errors);
}

/** `detail` is what stands in brackets; without it the answer is the bare text. */
export function forbidden(detail?: string): PveError {
  return new PveError(403, detail === undefined ? 'Permission check failed' : `Permission check failed (${detail})`);
}

export function notImplemented(method: string, path: string): PveError {
  return new PveError(501, `Method '${method} ${path}' not implemented`);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
