import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type Principal } from '@orion/domain';
import { ApiKeyStore, type KeyCredentials } from '@orion/persistence';
import { monotonicMs, type Clock } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { CLOCK, SETTINGS, type GatewaySettings } from '../settings';
import { isSecretOf, type ApiKeyParts } from './api-key-format';

const CACHED_KEYS = 10_000;

/** Tells whose a presented key is. Good ones are remembered for a few seconds, which bounds how long a revoked one works. */
@Injectable()
export class KeyDirectory {
  private readonly known = new Map<string, { readonly credentials: KeyCredentials; readonly until: number }>();

  constructor(
    private readonly source: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  /** The key's owner when it can be told without asking the database. */
  recall(key: ApiKeyParts): Principal | undefined {
    const remembered = this.known.get(key.id);
    if (remembered === undefined || remembered.until < monotonicMs()) return undefined;
    return this.check(key, remembered.credentials);
  }

  /** Throws `auth.invalid` for a key that is unknown, wrong, revoked or expired, without telling which. */
  async lookUp(key: ApiKeyParts): Promise<Principal> {
    const credentials = await ApiKeyStore.find(this.source, key.id);
    if (credentials === undefined) throw new DomainError('auth.invalid');
    const principal = this.check(key, credentials);
    this.remember(credentials);
    return principal;
  }

  private check(key: ApiKeyParts, found: KeyCredentials): Principal {
    const expired = found.expiresAt !== null && found.expiresAt <= this.clock.now();
    if (!isSecretOf(key.secret, found.secretHash) || found.revokedAt !== null || expired) {
      throw new DomainError('auth.invalid');
    }
    const { id, tenantId, role, scopes, operatesPlatform } = found;
    return { keyId: id, tenantId, role, scopes, operatesPlatform };
  }

  private remember(credentials: KeyCredentials): void {
    if (this.settings.keyCacheMs === 0) return;
    if (this.known.size >= CACHED_KEYS) this.known.clear();
    this.known.set(credentials.id, { credentials, until: monotonicMs() + this.settings.keyCacheMs });
  }
}
