/** The parts of a task's name that callers need. */
export interface Upid {
  readonly text: string;
  readonly host: string;
  /** Seconds since 1970, by the host's clock. */
  readonly startedAt: number;
  /** `qmclone`, `qmstart`, ... */
  readonly type: string;
  /** VM id; of a clone that of its source; empty for tasks without one. */
  readonly id: string;
  readonly user: string;
}

const UPID = /^UPID:([a-zA-Z0-9][\w.-]*):([\dA-F]{8}):([\dA-F]{8,9}):([\dA-F]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** Undefined when the text is no task name of Proxmox VE. The last colon belongs to it. */
export function parseUpid(text: string): Upid | undefined {
  const [, host, , , started, type, id, user] = UPID.exec(text) ?? [];
  if (host === undefined || started === undefined || type === undefined || id === undefined || user === undefined) {
    return undefined;
  }
  return { text, host, startedAt: parseInt(started, 16), type, id, user };
}
