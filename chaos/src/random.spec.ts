import { Random } from './random';

test('a seed decides everything, and streams do not disturb each other', () => {
  const draw = (random: Random): number[] => Array.from({ length: 5 }, () => random.between(1, 1_000));
  const one = new Random('7');
  const other = new Random('7');
  draw(other.stream('faults'));

  expect(draw(one.stream('work'))).toEqual(draw(other.stream('work')));
  expect(draw(one)).not.toEqual(draw(new Random('8')));
});

test('weights decide how often a choice is made', () => {
  const random = new Random('weights');
  const drawn = Array.from({ length: 4_000 }, () =>
    random.weighted([
      [3, 'often'],
      [1, 'rarely'],
    ]),
  );

  expect(drawn.filter((choice) => choice === 'often').length).toBeGreaterThan(2_800);
  expect(drawn.filter((choice) => choice === 'rarely').length).toBeGreaterThan(800);
});
