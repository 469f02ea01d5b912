import { AGENT_LEASE_MS } from '@orion/contracts';
import { Lease } from './lease';

/** It ends a second before another agent may act. */
const LEASE_MS = AGENT_LEASE_MS - 1_000;

let now = 0;
let lease: Lease;
beforeEach(() => {
  now = 1_000;
  lease = new Lease(() => now);
});

const never = new AbortController().signal;

test('nobody has a lease before it registered', () => {
  expect(lease.holds).toBe(false);
});

test('a lease counts from the sending of a sign, not from its answer', () => {
  lease.begin(400, 0);
  now = 400 + LEASE_MS - 1;
  expect(lease.holds).toBe(true);
  now += 1;
  expect(lease.holds).toBe(false);
});

test('a sign that was sent before a later one shortens nothing', () => {
  lease.begin(1_000, 0);
  lease.renew(500);
  now = 1_000 + LEASE_MS - 1;
  expect(lease.holds).toBe(true);
});

test('who comes after another agent waits until that one has none any more', async () => {
  lease.begin(1_000, 20);
  expect(lease.holds).toBe(false);
  const held = lease.held(never);
  now = 1_020;
  await held;
  expect(lease.holds).toBe(true);
});

test('changes go on when the lease is confirmed again', async () => {
  lease.begin(1_000, 0);
  now = 1_000 + LEASE_MS;
  const held = lease.held(never);
  lease.renew(now);
  await held;
});

test('who waits for a lease in vain can be told to end', async () => {
  await expect(lease.held(AbortSignal.timeout(1))).rejects.toMatchObject({ name: 'AbortError' });
  await expect(lease.held(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
