import { NetworkBatches } from './network-batches';

/** Batches that are carried out when told to, with what each held. */
function underTest(outcome: (item: number) => { error: unknown } | undefined = () => undefined) {
  const held: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const begun: (() => void)[] = [];
  const batches = new NetworkBatches<number>(1, async (items) => {
    held.push(items);
    begun.splice(0).forEach((notify) => notify());
    await new Promise<void>((resolve) => ends.push(resolve));
    return items.map(outcome);
  });
  const next = () => new Promise<void>((resolve) => begun.push(resolve));
  return { batches, held, next, end: () => ends.shift()?.() };
}

test('what comes together is one batch, what comes while it runs is the next', async () => {
  const { batches, held, next, end } = underTest();
  const first = next();
  const early = [1, 2].map((item) => batches.add(item));
  await first;
  const second = next();
  const late = [3, 4].map((item) => batches.add(item));
  end();
  await Promise.all(early);
  await second;
  end();
  await Promise.all(late);

  expect(held).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('each of a batch ends by itself', async () => {
  const { batches, next, end } = underTest((item) => (item === 2 ? { error: new Error('two') } : undefined));
  const begun = next();
  const [one, two] = [batches.add(1), batches.add(2)];
  await begun;
  end();

  await one;
  await expect(two).rejects.toThrow('two');
});

test('a batch that fails as a whole fails each, and the next one is carried out', async () => {
  let broken = true;
  const batches = new NetworkBatches<number>(1, (items) =>
    broken ? Promise.reject(new Error('broken')) : Promise.resolve(items.map(() => undefined)),
  );

  await expect(batches.add(1)).rejects.toThrow('broken');
  broken = false;
  await batches.add(2);
});
