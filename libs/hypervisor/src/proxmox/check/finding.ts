import type { SiteFinding } from '@orion/contracts';

type Check = SiteFinding['check'];
type Facts = Readonly<Record<string, unknown>>;

export function passed(check: Check, detail: string, facts?: Facts): SiteFinding {
  return { check, status: 'passed', detail, ...(facts ? { facts } : {}) };
}
export function warning(check: Check, detail: string, facts?: Facts): SiteFinding {
  return { check, status: 'warning', detail, ...(facts ? { facts } : {}) };
}
export function failed(check: Check, detail: string, facts?: Facts): SiteFinding {
  return { check, status: 'failed', detail, ...(facts ? { facts } : {}) };
}

/** The complaints, or one sentence that says all is well. */
export function orPassed(check: Check, complaints: readonly SiteFinding[], detail: string): readonly SiteFinding[] {
  return complaints.some(({ status }) => status === 'failed') ? complaints : [...complaints, passed(check, detail)];
}
