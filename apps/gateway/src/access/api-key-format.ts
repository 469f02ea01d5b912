import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `orn_<id>_<secret>`; the id is public, the secret has 256 bits. */
export interface ApiKeyParts {
  readonly id: string;
  readonly secret: string;
}

const KEY = /^orn_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export interface GeneratedKey {
  readonly id: string;
  /** The whole key. It exists here and with its owner only. */
  readonly key: string;
  readonly secretHash: Buffer;
}

export function generateApiKey(): GeneratedKey {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, key: `orn_${id}_${secret}`, secretHash: hashSecret(secret) };
}

/** A plain hash suffices: nobody guesses 256 random bits. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Takes the same time wherever the two differ. */
export function isSecretOf(secret: string, hash: Buffer): boolean {
  const presented = hashSecret(secret);
  return presented.length === hash.length && timingSafeEqual(presented, hash);
}
