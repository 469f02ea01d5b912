import { asAnswer, textOf } from './transport/answer';
import type { ProxmoxClient } from './transport/proxmox-client';

/** Knows which version answers; asked once, because an agent is restarted more often than a cluster is upgraded. */
export class VersionReader {
  private known: Promise<string> | undefined;

  constructor(private readonly client: ProxmoxClient) {}

  /** Such as `9.1.9`. */
  async read(): Promise<string> {
    this.known ??= this.client.get('/version').then((answer) => textOf(asAnswer(answer), 'version') ?? '0');
    try {
      return await this.known;
    } catch (error) {
      this.known = undefined;
      throw error;
    }
  }

  async isAtLeast(major: number, minor: number): Promise<boolean> {
    return isVersionAtLeast(await this.read(), major, minor);
  }
}

/** `8.1-2` counts as 8.1. */
export function isVersionAtLeast(version: string, major: number, minor: number): boolean {
  const [seenMajor = 0, seenMinor = 0] = version.split(/[.-]/).map((part) => Number(part) || 0);
  return seenMajor > major || (seenMajor === major && seenMinor >= minor);
}
