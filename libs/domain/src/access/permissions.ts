/** What a principal may do. `area:verb`; the gateway names exactly one per route. */
export const PERMISSIONS = [
  'blueprint:read',
  'blueprint:write',
  'range:read',
  'range:write',
  'job:read',
  'job:write',
  'site:read',
  'site:check',
  'key:read',
  'key:write',
  'audit:read',
  'platform:write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ['viewer', 'author', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const VIEWER = ['blueprint:read', 'range:read', 'job:read', 'site:read'] as const satisfies readonly Permission[];
const AUTHOR = [...VIEWER, 'blueprint:write'] as const satisfies readonly Permission[];
const OPERATOR = [...AUTHOR, 'range:write', 'job:write', 'site:check'] as const satisfies readonly Permission[];
const ADMIN = [
  ...OPERATOR,
  'key:read',
  'key:write',
  'audit:read',
  'platform:write',
] as const satisfies readonly Permission[];

const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  author: AUTHOR,
  operator: OPERATOR,
  admin: ADMIN,
};

/** Who acts. `scopes` narrow the role (empty: no narrowing); each is a permission, or `area:*`. */
export interface Principal {
  readonly keyId: string;
  readonly tenantId: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  /** True for keys of the tenant that runs the installation: only they manage tenants and sites. */
  readonly operatesPlatform: boolean;
}

/** Tells whether `principal` may do `permission`. */
export function mayDo(principal: Principal, permission: Permission): boolean {
  if (!ROLE_PERMISSIONS[principal.role].includes(permission)) return false;
  if (permission === 'platform:write' && !principal.operatesPlatform) return false;
  if (principal.scopes.length === 0) return true;
  const area = `${permission.split(':')[0]}:*`;
  return principal.scopes.includes(permission) || principal.scopes.includes(area);
}
