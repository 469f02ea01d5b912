import { PERMISSIONS, ROLES } from '@orion/domain';
import type { ApiKeyRow, AuditEventRow, TenantRow } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { without } from '../http/without';
import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';

const key = {
  id: Type.String(),
  name: Type.String(),
  role: OneOf(ROLES),
  scopes: Type.Array(Type.String()),
  expiresAt: Nullable(Time()),
  revokedAt: Nullable(Time()),
  createdAt: Time(),
};
export const ApiKeyView = named('ApiKey', Type.Object(key));
export type ApiKeyView = Static<typeof ApiKeyView>;

export const NewApiKeyView = named(
  'NewApiKey',
  Type.Object({
    ...key,
    key: Nullable(Type.String(), 'The whole key, told this once: null in the answer to a repeated request.'),
  }),
);
export type NewApiKeyView = Static<typeof NewApiKeyView>;

export const TenantView = named(
  'Tenant',
  Type.Object({ id: Id(), name: Type.String(), operatesPlatform: Type.Boolean(), createdAt: Time() }),
);
export type TenantView = Static<typeof TenantView>;

export const MeView = named(
  'Me',
  Type.Object({
    keyId: Type.String(),
    tenant: Type.Unsafe<TenantView>({ $ref: '#/components/schemas/Tenant' }),
    role: OneOf(ROLES),
    scopes: Type.Array(Type.String()),
    permissions: Type.Array(OneOf(PERMISSIONS), { description: 'What this key may do.' }),
  }),
);
export type MeView = Static<typeof MeView>;

export const AuditEventView = named(
  'AuditEvent',
  Type.Object({
    id: Id(),
    at: Time(),
    actor: Type.String(),
    action: Type.String(),
    subject: Type.String(),
    data: Type.Record(Type.String(), Type.Unknown()),
    traceId: Nullable(Type.String()),
  }),
);
export type AuditEventView = Static<typeof AuditEventView>;

export function apiKeyView(row: ApiKeyRow): ApiKeyView {
  return {
    ...row,
    scopes: [...row.scopes],
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export function tenantView(row: TenantRow): TenantView {
  return { ...without(row, 'version'), createdAt: row.createdAt.toISOString() };
}

export function auditEventView(row: AuditEventRow): AuditEventView {
  return { ...row, data: { ...row.data }, at: row.at.toISOString() };
}
