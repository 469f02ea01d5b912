import {
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
  type ConnectionOptions,
} from 'nats';
import type { NatsBusOptions } from '../bus-options';

/** What the client is told of servers and credentials. It does not read credentials from URLs itself. */
export function natsAddress({
  servers,
  nkeySeed,
}: NatsBusOptions): Pick<ConnectionOptions, 'servers' | 'authenticator' | 'tls'> {
  const urls = servers.map((server) => new URL(server.includes('://') ? server : `nats://${server}`));
  const authenticators: Authenticator[] = urls.flatMap(({ username, password }) => {
    if (username === '') return [];
    const user = decodeURIComponent(username);
    return [
      password === '' ? tokenAuthenticator(user) : usernamePasswordAuthenticator(user, decodeURIComponent(password)),
    ];
  });
  if (nkeySeed !== undefined) authenticators.push(nkeyAuthenticator(Buffer.from(nkeySeed)));
  return {
    servers: urls.map((url) => `${url.hostname}:${url.port || '4222'}`),
    ...(authenticators.length > 0 && { authenticator: authenticators }),
    ...(urls.some((url) => url.protocol === 'tls:') && { tls: {} }),
  };
}
