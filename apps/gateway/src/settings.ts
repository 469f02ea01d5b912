/** What of the configuration reaches into the application. */
export interface GatewaySettings {
  readonly keyCacheMs: number;
  /** Requests a second of one key or address; 0: no limit. */
  readonly rateLimit: number;
  readonly eventStreams: number;
  /** Milliseconds between two comments on an event stream. */
  readonly eventCommentMs: number;
}

/** Injection tokens of what a service is built with. */
export const SETTINGS = Symbol('gateway settings');
export const CLOCK = Symbol('clock');
export const METRICS = Symbol('metrics');
export const HEALTH = Symbol('health');
export const VERSION = Symbol('version');
