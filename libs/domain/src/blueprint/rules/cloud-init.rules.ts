import type { Path } from '../problems';
import { isPublicKey } from '../ssh-public-key';
import type { Rule } from './rule';

/** Messages never quote a key: one that was pasted wrongly may be a secret. */
export const sshKeysArePublic: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    const seen = new Set<string>();
    for (const [index, key] of (node.draft.cloudInit?.sshKeys ?? []).entries()) {
      if (key === null || key === '') continue;
      const path: Path = ['nodes', node.index, 'cloudInit', 'sshKeys', index];
      const body = key.trim().split(/\s+/, 2).join(' ');
      if (/PRIVATE KEY/.test(key)) {
        yield { code: 'cloud_init.private_key', path, message: 'The text is a private key.' };
      } else if (!isPublicKey(key)) {
        yield { code: 'cloud_init.key_malformed', path, message: 'The text is not a public SSH key on one line.' };
      } else if (seen.has(body)) {
        yield { code: 'cloud_init.duplicate_key', path, message: 'The key is listed above already.' };
      }
      seen.add(body);
    }
  }
};
