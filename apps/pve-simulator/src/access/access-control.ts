import { builtInRoles, privilegesOf } from './privileges';

export interface AclEntry {
  readonly path: string;
  /** `user@realm` or `user@realm!token`. */
  readonly who: string;
  readonly role: string;
  readonly propagate?: boolean;
}

export interface TokenSpec {
  /** `user@realm!id` */
  readonly id: string;
  readonly secret: string;
  /** Default true: the token has what both it and its user have. */
  readonly privilegeSeparated?: boolean;
}

export interface UserSpec {
  readonly id: string;
  readonly password?: string;
}

/** Who makes a call: a user, perhaps through one of its tokens. */
export interface Caller {
  readonly user: string;
  readonly tokenId?: string;
}

export const ROOT = 'root@pam';

export function authId(caller: Caller): string {
  return caller.tokenId === undefined ? caller.user : `${caller.user}!${caller.tokenId}`;
}

/** Privileges with their propagate flag. */
export type Privileges = ReadonlyMap<string, boolean>;

/** Names the members of pools; a right on a pool is a right on its members. */
export interface PoolMembership {
  readonly version: number;
  poolsOf(path: string): readonly string[];
}

/**
 * Answers what a caller may do on a path, as Proxmox VE resolves it: the deepest entry replaces those above, a pool
 * gives its members its roles without propagation, NoAccess wins, and a privilege-separated token has only what its
 * user has too.
 */
export class AccessControl {
  readonly roles: Map<string, readonly string[]>;
  readonly users = new Map<string, UserSpec>();
  readonly tokens = new Map<string, TokenSpec>();
  private entries: AclEntry[] = [];
  private readonly cache = new Map<string, Privileges>();
  private cachedPools = -1;
  readonly all: readonly string[];

  constructor(
    major: number,
    private readonly pools: PoolMembership,
  ) {
    this.all = privilegesOf(major);
    this.roles = new Map(Object.entries(builtInRoles(major)));
    this.users.set(ROOT, { id: ROOT });
  }

  get acls(): readonly AclEntry[] {
    return this.entries;
  }

  grant(...entries: AclEntry[]): void {
    this.entries.push(...entries);
    this.cache.clear();
  }

  revoke(matches: (entry: AclEntry) => boolean): void {
    this.entries = this.entries.filter((entry) => !matches(entry));
    this.cache.clear();
  }

  privileges(caller: Caller, path: string): Privileges {
    if (this.cachedPools !== this.pools.version) {
      this.cache.clear();
      this.cachedPools = this.pools.version;
    }
    const key = `${authId(caller)} ${path}`;
    let known = this.cache.get(key);
    if (known === undefined) {
      known = this.resolve(caller, path);
      this.cache.set(key, known);
    }
    return known;
  }

  has(caller: Caller, path: string, privilege: string): boolean {
    return this.privileges(caller, path).has(privilege);
  }

  private resolve(caller: Caller, path: string): Privileges {
    const ofUser = this.ofAuthId(caller.user, path);
    if (caller.tokenId === undefined) return ofUser;
    if (this.tokens.get(authId(caller))?.privilegeSeparated === false) return ofUser;
    const ofToken = this.ofAuthId(authId(caller), path);
    return new Map(
      [...ofToken]
        .filter(([name]) => ofUser.has(name))
        .map(([name, flag]) => [name, flag && ofUser.get(name) === true]),
    );
  }

  private ofAuthId(who: string, path: string): Privileges {
    if (who === ROOT) return new Map(this.all.map((name) => [name, true]));
    const roles = this.rolesOn(who, path);
    if (!roles.has('NoAccess')) {
      for (const pool of this.pools.poolsOf(path)) {
        for (const role of this.rolesOn(who, `/pool/${pool}`).keys()) if (!roles.has(role)) roles.set(role, false);
      }
    }
    const privileges = new Map<string, boolean>();
    if (roles.has('NoAccess')) return privileges;
    for (const [role, propagates] of roles) {
      for (const name of this.roles.get(role) ?? [])
        privileges.set(name, (privileges.get(name) ?? false) || propagates);
    }
    return privileges;
  }

  private rolesOn(who: string, path: string): Map<string, boolean> {
    const own = this.entries.filter((entry) => entry.who === who);
    let roles = new Map<string, boolean>();
    if (own.length === 0) return roles;
    for (const level of levelsOf(path)) {
      const here = own.filter((entry) => entry.path === level && (level === path || entry.propagate !== false));
      if (here.length > 0) roles = new Map(here.map((entry) => [entry.role, entry.propagate !== false]));
    }
    return roles;
  }
}

/** `/a/b` -> `/`, `/a`, `/a/b`. */
function levelsOf(path: string): string[] {
  const levels = ['/'];
  let current = '';
  for (const part of path.split('/')) {
    if (part === '') continue;
    current += `/${part}`;
    levels.push(current);
  }
  return levels;
}
