import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNativeServer, type NativeServer, type NativeServerOptions } from './native-server';

export interface NatsSubjects {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** Who may connect, by public NKey or by name and password, and what they may say and hear. */
export type NatsUser = ({ readonly nkey: string } | { readonly user: string; readonly password: string }) & {
  readonly permissions?: {
    readonly publish?: NatsSubjects;
    readonly subscribe?: NatsSubjects;
    readonly allow_responses?: boolean;
  };
};

export interface NatsOptions extends NativeServerOptions {
  /** Nobody else may connect. Without users, everybody may. */
  readonly users?: readonly NatsUser[];
}

/** Starts a NATS server without JetStream. */
export function startNatsServer({ users, ...options }: NatsOptions): Promise<NativeServer> {
  return startNativeServer(
    {
      program: 'nats-server',
      scheme: 'nats',
      dockerImage: 'nats:2',
      dockerPort: 4222,
      urlVariable: 'ORION_TEST_NATS_URL',
      greeting: { send: '', answer: 'INFO ' },
      args: async (dir, port) => {
        const config = join(dir, 'nats.conf');
        // The configuration language of NATS is a superset of JSON.
        await writeFile(
          config,
          JSON.stringify({ listen: `127.0.0.1:${port}`, ...(users && { authorization: { users } }) }),
        );
        return ['-c', config];
      },
    },
    options,
  );
}
