import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Permission } from '@orion/domain';

/** Who may use a route. Every route has exactly one of these; a start without is refused. */
export type RouteAccess =
  | { readonly kind: 'permission'; readonly permission: Permission }
  | { readonly kind: 'any-key' }
  | { readonly kind: 'public' };

export const ROUTE_ACCESS = 'orion:route-access';

/** The route is for keys that may do `permission`. */
export function RequirePermission(permission: Permission): MethodDecorator {
  return guarded({ kind: 'permission', permission });
}

/** The route is for every good key, whatever it may do. */
export function AnyKey(): MethodDecorator {
  return guarded({ kind: 'any-key' });
}

/** The route is for everybody. It must tell nothing about a tenant. */
export function Public(): MethodDecorator {
  return SetMetadata(ROUTE_ACCESS, { kind: 'public' } satisfies RouteAccess);
}

function guarded(access: RouteAccess): MethodDecorator {
  return applyDecorators(SetMetadata(ROUTE_ACCESS, access), ApiBearerAuth('apiKey'));
}
