const TYPES = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LINE = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]{40,}={0,2})( [^\p{Cc}\p{Cs}]*)?$/u;

/**
 * Tells whether `line` is a public key as OpenSSH writes it: type, base64 blob, comment. The blob must name the same type
 * (RFC 4253, section 6.6), which catches keys that were cut or put together wrongly. DSA is refused, as OpenSSH does.
 */
export function isPublicKey(line: string): boolean {
  const [, type, blob] = LINE.exec(line.trim()) ?? [];
  if (type === undefined || blob === undefined || !TYPES.includes(type) || blob.length % 4 !== 0) return false;
  const head = decodeBase64(blob.slice(0, Math.ceil((4 + type.length) / 3) * 4));
  const length = head.slice(0, 4).reduce((sum, byte) => sum * 256 + byte, 0);
  return length === type.length && String.fromCharCode(...head.slice(4, 4 + length)) === type;
}

function decodeBase64(text: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i + 3 < text.length; i += 4) {
    const quad = Array.from(text.slice(i, i + 4)).reduce(
      (sum, char) => sum * 64 + Math.max(0, ALPHABET.indexOf(char)),
      0,
    );
    bytes.push((quad >>> 16) & 255, (quad >>> 8) & 255, quad & 255);
  }
  return bytes;
}
