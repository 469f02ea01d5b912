import * as fc from 'fast-check';
import { stringify } from 'yaml';
import type { Blueprint } from './blueprint-schema';
import { validateDocument } from './validate-document';

const entry = fc.record(
  {
    count: fc.integer({ min: 1, max: 5 }),
    os: fc.constantFrom('linux' as const, 'windows' as const, 'other' as const),
    labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z0-9]{0,8}$/), { maxKeys: 4 }),
    resources: fc.record({ cpus: fc.integer({ min: 1, max: 128 }) }, { requiredKeys: [] }),
    cloneMode: fc.constantFrom('linked' as const, 'full' as const),
    probes: fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,8}$/),
        exec: fc.record(
          {
            command: fc.array(fc.stringMatching(/^[!-~]{1,8}$/), { minLength: 1, maxLength: 3 }),
            exitCode: fc.nat(255),
          },
          { requiredKeys: ['command'] },
        ),
      }),
      { maxLength: 3, selector: ({ name }) => name },
    ),
    description: fc.string({ maxLength: 40 }).map((text) => text.replace(/\p{C}/gu, '')),
  },
  { requiredKeys: [] },
);

/** Nodes depend on earlier ones and hang on any of the networks: valid by construction. */
const blueprint: fc.Arbitrary<Blueprint> = fc
  .record({ networks: fc.integer({ min: 1, max: 5 }), entries: fc.array(entry, { minLength: 1, maxLength: 12 }) })
  .chain(({ networks, entries }) =>
    fc
      .array(fc.tuple(fc.nat(networks - 1), fc.nat(), fc.boolean()), {
        minLength: entries.length,
        maxLength: entries.length,
      })
      .map((wires) => ({
        schemaVersion: 1 as const,
        name: 'generated',
        networks: Array.from({ length: networks }, (_, i) => ({ name: `net${i}`, cidr: `10.${i}.0.0/24` })),
        nodes: entries.map((fields, i) => {
          const [network, earlier, depends] = wires[i] as [number, number, boolean];
          return {
            name: `node${i}`,
            template: 'debian-12',
            interfaces: [{ network: `net${network}` }],
            readiness: { guestAgent: true },
            ...(depends && i > 0 ? { dependsOn: [`node${earlier % i}`] } : {}),
            ...fields,
          };
        }),
      })),
  );

test('every blueprint that keeps the rules is valid, as YAML and as JSON, with the same digest', () => {
  fc.assert(
    fc.property(blueprint, (document) => {
      const yaml = validateDocument(stringify(document));
      const json = validateDocument(JSON.stringify(document), { contentType: 'json' });

      expect(yaml.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(json.digest).toBe(yaml.digest);
    }),
    { numRuns: 50 },
  );
});

test('normalising a normalised blueprint changes nothing', () => {
  fc.assert(
    fc.property(blueprint, (document) => {
      const once = validateDocument(stringify(document), { normalise: true });
      const twice = validateDocument(JSON.stringify(once.normalised), { contentType: 'json', normalise: true });

      expect(twice.normalised).toEqual(once.normalised);
      expect(twice.digest).toBe(once.digest);
    }),
    { numRuns: 50 },
  );
});

test('no two interfaces of a normalised blueprint have one address', () => {
  fc.assert(
    fc.property(blueprint, (document) => {
      const { normalised } = validateDocument(stringify(document), { normalise: true });
      const addresses = normalised?.nodes.flatMap(({ interfaces }) => interfaces.map(({ address }) => address)) ?? [];

      expect(new Set(addresses).size).toBe(addresses.length);
    }),
    { numRuns: 50 },
  );
});

test('a blueprint with a piece cut out or put in is answered, never thrown at', () => {
  fc.assert(
    fc.property(
      blueprint,
      fc.nat(),
      fc.nat(40),
      fc.string({ unit: 'binary', maxLength: 12 }),
      (document, at, length, piece) => {
        for (const text of [stringify(document), JSON.stringify(document)]) {
          const from = at % text.length;
          const mutated = text.slice(0, from) + piece + text.slice(from + length);
          for (const contentType of ['yaml', 'json'] as const) {
            const { valid, problems } = validateDocument(mutated, { contentType, normalise: true });
            expect(valid || problems.length > 0).toBe(true);
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('any value in any field is answered, never thrown at', () => {
  fc.assert(
    fc.property(blueprint, fc.jsonValue({ maxDepth: 3 }), fc.nat(), (document, value, pick) => {
      const text = JSON.stringify(document);
      const values = [...text.matchAll(/:("[^"]*"|[0-9]+|\[)/g)].filter(([, found]) => found !== '[');
      const chosen = values[pick % values.length];
      if (chosen?.[1] === undefined) return;
      const start = chosen.index + 1;
      const mutated = text.slice(0, start) + JSON.stringify(value) + text.slice(start + chosen[1].length);

      expect(validateDocument(mutated, { contentType: 'json' }).sourceVersion).toBeDefined();
    }),
    { numRuns: 100 },
  );
});

test('random bytes are answered, never thrown at', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom('yaml' as const, 'json' as const),
      (bytes, contentType) => {
        expect(validateDocument(bytes, { contentType }).valid).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});
