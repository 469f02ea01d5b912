import { Coalescer } from './coalescer';

test('asking while a task runs makes it run once more, however often it was asked', async () => {
  let runs = 0;
  const releases: (() => void)[] = [];
  const coalescer = new Coalescer(async () => {
    runs += 1;
    await new Promise<void>((resolve) => releases.push(resolve));
  });
  coalescer.ask('site');
  for (let i = 0; i < 5; i++) coalescer.ask('site');
  coalescer.ask('other');
  expect(runs).toBe(2);

  releases.splice(0).forEach((release) => release());
  await Promise.resolve().then(() => Promise.resolve());
  expect(runs).toBe(3);

  releases.forEach((release) => release());
  await coalescer.stop();
  coalescer.ask('site');
  expect(runs).toBe(3);
});
