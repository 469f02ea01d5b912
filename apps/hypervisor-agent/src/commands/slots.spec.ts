import { Slots } from './slots';

const NEVER = new AbortController().signal;

/** Work that ends when it is told to. */
function work() {
  let end = (): void => undefined;
  let begun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async (): Promise<void> => {
    begun = true;
    await ended;
  };
  return { run, end: () => end(), begun: () => begun };
}

test('no more than the given number run at once, in the order in which they came', async () => {
  const slots = new Slots(1);
  const [first, second, third] = [work(), work(), work()];
  const all = [first, second, third].map(({ run }) => slots.run(run, NEVER));
  expect([first.begun(), second.begun(), slots.free]).toEqual([true, false, 0]);

  first.end();
  await all[0];
  expect([second.begun(), third.begun(), slots.free]).toEqual([true, false, 0]);

  second.end();
  third.end();
  await Promise.all(all);
  expect(slots.free).toBe(1);
});

test('a slot comes back also from work that fails', async () => {
  const slots = new Slots(1);
  await expect(slots.run(() => Promise.reject(new Error('no')), NEVER)).rejects.toThrow('no');
  expect(slots.free).toBe(1);
});

test('who gives up leaves the line at once, and the next one moves up', async () => {
  const slots = new Slots(1);
  const [first, second, third] = [work(), work(), work()];
  const gaveUp = new AbortController();
  const running = slots.run(first.run, NEVER);
  const waiting = slots.run(second.run, gaveUp.signal);
  const next = slots.run(third.run, NEVER);

  gaveUp.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  first.end();
  await running;
  expect([second.begun(), third.begun()]).toEqual([false, true]);

  third.end();
  await next;
  expect(slots.free).toBe(1);
});

test('giving up after the turn has come takes no slot away', async () => {
  const slots = new Slots(1);
  const [first, second] = [work(), work()];
  const gaveUp = new AbortController();
  const running = slots.run(first.run, NEVER);
  const waiting = slots.run(second.run, gaveUp.signal);
  first.end();
  await running;
  gaveUp.abort();
  second.end();
  await waiting;
  expect(slots.free).toBe(1);
});

test('work that is under way already takes a slot without waiting, and nobody else begins until there is room', async () => {
  const slots = new Slots(1);
  const [first, resumed, next] = [work(), work(), work()];
  const all = [slots.run(first.run, NEVER), slots.runAtOnce(resumed.run), slots.run(next.run, NEVER)];
  expect([resumed.begun(), next.begun(), slots.free]).toEqual([true, false, 0]);

  first.end();
  await all[0];
  expect(next.begun()).toBe(false);

  resumed.end();
  await all[1];
  expect(next.begun()).toBe(true);
  next.end();
  await Promise.all(all);
  expect(slots.free).toBe(1);
});
