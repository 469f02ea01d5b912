import { aBlueprint, aSite, aTenant, sql, uniqueName } from '../gateway.builders';
import { startGateway, type TestGateway } from '../gateway.fixture';

const AT_ONCE = 50;

/** Fifty ranges asked for at once by one tenant. */
async function storm(gateway: TestGateway) {
  const tenant = await aTenant(gateway);
  const siteId = await aSite(gateway, [tenant.id]);
  const blueprintId = await aBlueprint(tenant.admin);
  const submit = () =>
    tenant.admin.post<{ job: { id: string } }>('/ranges', { name: uniqueName('range'), blueprintId, siteId });
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, submit));
  const stored = await sql<{ id: string }>(
    gateway,
    `SELECT j.id FROM job j JOIN range r ON r.id = j.range_id JOIN outbox o ON o.job_id = j.id WHERE j.site_id = $1`,
    [siteId],
  );
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 429);
  return { accepted, refused, stored: stored.map(({ id }) => id).sort() };
}

test('of fifty ranges asked for at once each is accepted, stored and to be woken', async () => {
  const { accepted, stored } = await storm(await startGateway());

  expect(accepted).toHaveLength(AT_ONCE);
  expect(stored).toEqual(accepted.map(({ body }) => body.job.id).sort());
});

test('where that is more than a key may ask, the others are told when to come back, and nothing of them is stored', async () => {
  const { accepted, refused, stored } = await storm(await startGateway({ ORION_RATE_LIMIT: '5' }));

  expect(accepted.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  expect(accepted.length + refused.length).toBe(AT_ONCE);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(stored).toEqual(accepted.map(({ body }) => body.job.id).sort());
});
