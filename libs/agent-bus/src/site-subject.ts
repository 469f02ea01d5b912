import { DomainError } from '@orion/domain';
import type { BusPattern } from '@orion/contracts';

const PREFIX = 'orion';
const SITE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A site's id becomes part of a subject, so it must hold neither separator nor wildcard. */
export function assertSiteId(siteId: string): string {
  if (SITE_ID.test(siteId)) return siteId;
  throw new DomainError('request.invalid', 'A site id has 1 to 64 letters, digits, dashes or underscores.');
}

/** The one place that puts the site in front of a pattern. */
export function subjectOf(siteId: string, pattern: BusPattern): string {
  return `${PREFIX}.${assertSiteId(siteId)}.${pattern}`;
}

/** What to subscribe to, to hear a pattern from every site. */
export function subjectOfAnySite(pattern: BusPattern): string {
  return `${PREFIX}.*.${pattern}`;
}

/** The site that a subject of the bus belongs to. Credentials limit who may publish there, so it can be relied on. */
export function siteOfSubject(subject: string): string {
  return subject.split('.')[1] ?? '';
}

/** Where an agent receives answers; different for each site, so that none can listen to another's. */
export function agentInbox(siteId: string): string {
  return `_INBOX_${assertSiteId(siteId)}`;
}

export const ORCHESTRATOR_INBOX = '_INBOX_orchestrator';

interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
  readonly allow_responses: true;
}

/** What the NATS server must allow to the credentials of one site's agent, and nothing more. */
export function agentPermissions(siteId: string): NatsPermissions {
  return {
    publish: { allow: [`${PREFIX}.${assertSiteId(siteId)}.orchestrator.*`] },
    subscribe: { allow: [`${PREFIX}.${siteId}.agent.*`, `${agentInbox(siteId)}.>`] },
    allow_responses: true,
  };
}

/** What the NATS server must allow to the credentials of the orchestrators. */
export function orchestratorPermissions(): NatsPermissions {
  return {
    publish: { allow: [`${PREFIX}.*.agent.*`] },
    subscribe: { allow: [`${PREFIX}.*.orchestrator.*`, `${ORCHESTRATOR_INBOX}.>`] },
    allow_responses: true,
  };
}
