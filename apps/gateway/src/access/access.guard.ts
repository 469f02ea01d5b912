import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError, mayDo, type Principal } from '@orion/domain';
import type { FastifyRequest } from 'fastify';

import { RateLimiter } from '../http/rate-limiter';
import { SETTINGS, type GatewaySettings } from '../settings';
import { parseApiKey } from './api-key-format';
import { KeyDirectory } from './key-directory';
import { ROUTE_ACCESS, type RouteAccess } from './require-permission';

/** Lets a request through to its handler: by its key, what that may do, and how often it comes. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly limiter: RateLimiter;

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeyDirectory,
    @Inject(SETTINGS) settings: GatewaySettings,
  ) {
    this.limiter = new RateLimiter(settings.rateLimit);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const access = this.reflector.get<RouteAccess | undefined>(ROUTE_ACCESS, context.getHandler());
    if (access?.kind === 'public') {
      this.limiter.take(`ip:${request.ip}`);
      return true;
    }
    const principal = await this.authenticate(request);
    request.principal = principal;
    this.limiter.take(`key:${principal.keyId}`);
    if (access === undefined || (access.kind === 'permission' && !mayDo(principal, access.permission))) {
      throw new DomainError('auth.forbidden', undefined, access ? { permission: access.permission } : {});
    }
    return true;
  }

  private async authenticate(request: FastifyRequest): Promise<Principal> {
    const [, presented] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const key = parseApiKey(presented ?? '');
    const known = key && this.keys.recall(key);
    if (known) return known;
    // Guessing costs a look-up each, so it is limited by where it comes from.
    this.limiter.take(`ip:${request.ip}`);
    if (presented === undefined)
      throw new DomainError('auth.required', 'Send an API key as Authorization: Bearer <key>.');
    if (key === undefined) throw new DomainError('auth.invalid');
    return this.keys.lookUp(key);
  }
}
