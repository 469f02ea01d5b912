import { judgeFailure } from '../errors/judge-failure';
import type { ProxmoxFailure } from '../errors/proxmox-failure';

/** How a task ended. `lost`: the host no longer knows it, or its worker died. */
export type TaskEnd =
  { readonly kind: 'ok' } | { readonly kind: 'failed'; readonly failure: ProxmoxFailure } | { readonly kind: 'lost' };

/** `WARNINGS: n` is a success. */
export function judgeExit(what: string, exitstatus: string): TaskEnd {
  if (exitstatus === 'OK' || /^WARNINGS: \d+$/.test(exitstatus)) return { kind: 'ok' };
  const failure = judgeFailure(what, { where: 'task', text: exitstatus, ambiguous: false });
  return failure.code === 'hypervisor.host_restarted' ? { kind: 'lost' } : { kind: 'failed', failure };
}
