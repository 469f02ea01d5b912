/**
 * Proxmox VE hands the bytes of a guest through as Latin-1 characters: UTF-8 output `ü` arrives as two of them. Bytes that
 * are no UTF-8 stay as they came.
 */
export function decodeGuestText(text: string): string {
  if (/[^\u0000-\u00ff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

/** The same the other way: each UTF-8 byte as one character, since Proxmox VE writes one byte for each. */
export function encodeGuestText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
