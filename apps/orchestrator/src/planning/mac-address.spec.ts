import { macAddressOf } from './mac-address';

const nic = { installation: 'i', tenantId: 't', range: 'r', node: 'n', index: 0 };

test('an interface has the same address at each deploy, and another one than every other interface', () => {
  expect(macAddressOf(nic)).toBe(macAddressOf({ ...nic }));
  expect(macAddressOf(nic)).not.toBe(macAddressOf({ ...nic, index: 1 }));
  expect(macAddressOf(nic)).not.toBe(macAddressOf({ ...nic, node: 'n2' }));
});

test('addresses are unicast and locally administered', () => {
  for (let index = 0; index < 200; index++) {
    expect(macAddressOf({ ...nic, index })).toMatch(/^[0-9A-F][26AE](:[0-9A-F]{2}){5}$/);
  }
});
