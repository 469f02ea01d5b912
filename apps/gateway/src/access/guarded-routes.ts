import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { MetadataScanner, Reflector } from '@nestjs/core';

import { ROUTE_ACCESS, type RouteAccess } from './require-permission';

/** A route as its controller declares it, without the version in front. */
export interface DeclaredRoute {
  readonly method: string;
  /** Such as `/ranges/:rangeId`. */
  readonly path: string;
  /** `RangesController.get`. */
  readonly handler: string;
  readonly access: RouteAccess | undefined;
}

/** Every route of these controllers. */
export function declaredRoutes(controllers: readonly Type[]): readonly DeclaredRoute[] {
  const reflector = new Reflector();
  const scanner = new MetadataScanner();
  return controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, () => unknown>;
    const base = reflector.get<string | undefined>(PATH_METADATA, controller) ?? '';
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const path = handler && reflector.get<string | undefined>(PATH_METADATA, handler);
      if (handler === undefined || path === undefined) return [];
      const method = RequestMethod[reflector.get<RequestMethod>(METHOD_METADATA, handler)] ?? 'ALL';
      const access = reflector.get<RouteAccess | undefined>(ROUTE_ACCESS, handler);
      return [{ method, path: joinPath(base, path), handler: `${controller.name}.${name}`, access }];
    });
  });
}

/** Refuses to start with a route that does not say who may use it. */
export function assertEveryRouteGuarded(controllers: readonly Type[]): void {
  const open = declaredRoutes(controllers).filter(({ access }) => access === undefined);
  if (open.length === 0) return;
  throw new Error(`These routes do not say who may use them: ${open.map(({ handler }) => handler).join(', ')}.`);
}

function joinPath(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}
