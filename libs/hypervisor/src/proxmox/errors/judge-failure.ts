import { ERROR_TABLE, type ErrorRow } from './error-table';
import { ProxmoxFailure, type FailureEvidence } from './proxmox-failure';

const LONGEST_DETAIL = 500;

/** The table's first row that fits; the last row fits everything. */
export function findErrorRow(evidence: FailureEvidence): ErrorRow {
  const said = [evidence.text, ...Object.values(evidence.parameters ?? {})];
  const row = ERROR_TABLE.find(
    ({ where, status, text, connection }) =>
      (where === undefined || where === evidence.where) &&
      (status === undefined || (evidence.status !== undefined && status.includes(evidence.status))) &&
      (connection === undefined || connection.test(evidence.connectionCode ?? '')) &&
      (text === undefined || said.some((line) => text.test(line))),
  );
  if (row === undefined) throw new Error('The error table has no last row');
  return row;
}

/** Turns what was said into the error that callers see. `action` is what was tried, as `start VM 4001`. */
export function judgeFailure(action: string, evidence: FailureEvidence): ProxmoxFailure {
  const row = findErrorRow(evidence);
  return new ProxmoxFailure(row.code, row.class, describe(action, evidence), evidence);
}

function describe(action: string, { text, status, parameters }: FailureEvidence): string {
  const complaints = Object.entries(parameters ?? {}).map(([name, complaint]) => `${name}: ${complaint.trim()}`);
  const said = [text.trim(), ...complaints].filter((part) => part !== '').join('; ') || `status ${status ?? 'unknown'}`;
  return `${action}: ${said}`.slice(0, LONGEST_DETAIL);
}
