import { decodeGuestText, encodeGuestText } from './guest-text';

test('UTF-8 of a guest is readable again, and the way back is the same', () => {
  expect(decodeGuestText('Ã¼ber')).toBe('über');
  expect(decodeGuestText(encodeGuestText('naïve 漢字'))).toBe('naïve 漢字');
});

test('bytes that are no UTF-8 stay as they came', () => {
  expect(decodeGuestText('\u00fcber')).toBe('über');
});
