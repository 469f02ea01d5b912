import type { Caller } from '../access/access-control';
import type { Sim } from '../sim';
import type { ParameterSchema, Parameters, RawParameters } from './parameters';
import { plainText } from './values';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A call whose caller, rights and parameters were checked. */
export interface Call {
  readonly method: Method;
  /** Below `/api2/json`. */
  readonly path: string;
  readonly caller: Caller;
  readonly uri: Readonly<Record<string, string>>;
  readonly params: Parameters;
  /** The host named in the path, with `localhost` resolved. */
  readonly host: string;
  /** The VM named in the path. */
  readonly vmid: number;
}

/** An unchecked call: what a rights check sees. */
export interface IncomingCall extends Omit<Call, 'params'> {
  readonly raw: RawParameters;
}

/** Any one of the privileges on the path; `{name}` stands for a path or request parameter. */
export interface Right {
  readonly path: string;
  readonly anyOf: readonly string[];
}

export type Check = 'everyone' | Right | ((call: IncomingCall, sim: Sim) => void);

export interface Route {
  readonly method: Method;
  readonly path: string;
  /** The name by which faults, holds and logs know it. */
  readonly operation: string;
  readonly check: Check;
  readonly schema: ParameterSchema;
  /** Needs no login. */
  readonly isPublic?: boolean;
  /** Served by a protected worker, which takes longer. */
  readonly isProtected?: boolean;
  readonly handler: (call: Call, sim: Sim) => unknown;
}

/** Data with the extra `total` that paged lists carry. */
export class Listed {
  constructor(
    readonly data: unknown[],
    readonly total: number,
  ) {}
}

interface TreeNode {
  readonly literal: Map<string, TreeNode>;
  variable?: { readonly name: string; readonly node: TreeNode };
  readonly routes: Partial<Record<Method, Route>>;
}

const newNode = (): TreeNode => ({ literal: new Map(), routes: {} });

/** Finds the route of a path; literal segments win over variable ones. */
export class Router {
  private readonly root = newNode();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  private add(route: Route): void {
    let node = this.root;
    for (const segment of segmentsOf(route.path)) {
      const name = /^\{(.+)\}$/.exec(segment)?.[1];
      if (name === undefined) {
        let next = node.literal.get(segment);
        if (next === undefined) node.literal.set(segment, (next = newNode()));
        node = next;
      } else {
        node.variable ??= { name, node: newNode() };
        node = node.variable.node;
      }
    }
    if (node.routes[route.method] !== undefined) throw new Error(`two routes for ${route.method} ${route.path}`);
    node.routes[route.method] = route;
  }

  find(method: Method, path: string): { route: Route; uri: Record<string, string> } | undefined {
    const uri: Record<string, string> = {};
    let node = this.root;
    for (const segment of segmentsOf(path)) {
      const literal = node.literal.get(segment);
      if (literal !== undefined) {
        node = literal;
        continue;
      }
      if (node.variable === undefined) return undefined;
      uri[node.variable.name] = segment;
      node = node.variable.node;
    }
    const route = node.routes[method];
    return route && { route, uri };
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** `{vmid}` and the like replaced; absent names become empty, as in the texts of the real thing. */
export function fillPath(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => plainText(values[name]));
}
