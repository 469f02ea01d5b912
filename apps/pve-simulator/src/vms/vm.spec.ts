import { normaliseTags } from './configure';
import { agentOption, formatSize, nicsOf, parseSize, printNic } from './vm';

test.each([
  ['virtio=BC:24:11:00:00:01,tag=5,bridge=vmbr0', 'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=5'],
  ['model=e1000,macaddr=BC:24:11:00:00:02,bridge=vmbr0', 'e1000=BC:24:11:00:00:02,bridge=vmbr0'],
])('%s is printed with its model first and sorted keys', (given, printed) => {
  const [nic] = nicsOf({ net0: given });

  expect(printNic(nic?.properties ?? {})).toBe(printed);
});

test.each([
  ['zeta;Alpha;beta;alpha', 'alpha;beta;zeta'],
  ['b,a', 'a;b'],
  ['', ' '],
])('tags %j are stored as %j', (given, stored) => {
  expect(normaliseTags(given)).toBe(stored);
});

test('sizes survive printing and parsing', () => {
  for (const size of ['96M', '8G', '528K']) expect(formatSize(parseSize(size))).toBe(size);
});

test('an absent agent option differs from a disabled one', () => {
  expect([agentOption({}), agentOption({ agent: '0' }), agentOption({ agent: 'enabled=1,type=virtio' })]).toEqual([
    undefined,
    false,
    true,
  ]);
});
