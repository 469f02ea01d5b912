import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const LIFETIME_SECONDS = 2 * 3600;

/** Signs and verifies login tickets and the tokens against cross-site requests that belong to them. */
export class Tickets {
  private readonly key = randomBytes(32);

  issue(user: string, now: number): { ticket: string; csrf: string } {
    const stamp = now.toString(16).toUpperCase().padStart(8, '0');
    const plain = `PVE:${user}:${stamp}`;
    return { ticket: `${plain}::${this.sign(plain)}`, csrf: `${stamp}:${this.sign(`${stamp}:${user}`)}` };
  }

  /** The user of a valid ticket. */
  userOf(ticket: string, now: number): string | undefined {
    const at = ticket.lastIndexOf('::');
    if (at < 0) return undefined;
    const plain = ticket.slice(0, at);
    const [kind, user, stamp] = plain.split(':');
    if (kind !== 'PVE' || user === undefined || stamp === undefined) return undefined;
    if (!same(ticket.slice(at + 2), this.sign(plain))) return undefined;
    return now - parseInt(stamp, 16) <= LIFETIME_SECONDS ? user : undefined;
  }

  csrfFits(user: string, token: string): boolean {
    const [stamp, signature] = token.split(':');
    return stamp !== undefined && signature !== undefined && same(signature, this.sign(`${stamp}:${user}`));
  }

  private sign(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url');
  }
}

export function same(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}
