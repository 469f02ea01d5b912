import { setImmediate as turn } from 'node:timers/promises';
import { NestLogger } from './nest-logger';
import { withLogContext } from './log-context';
import { configureLogging, logger } from './logger';

let lines: string[];
const log = logger('clones');
const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;

beforeEach(() => {
  lines = [];
  configureLogging({ service: 'agent', level: 'debug', destination: { write: (line) => lines.push(line) } });
});

test('a line carries service, component and the context that surrounds it, also after awaits', async () => {
  await withLogContext({ jobId: 'j1' }, () =>
    withLogContext({ stepId: 's1' }, async () => {
      await turn();
      log.info('Cloning VM', { vmid: 100 });
    }),
  );

  expect(last()).toMatchObject({
    level: 'info',
    msg: 'Cloning VM',
    service: 'agent',
    component: 'clones',
    jobId: 'j1',
    stepId: 's1',
    vmid: 100,
  });
});

test('a logger that was made earlier follows a later configuration', () => {
  configureLogging({ service: 'agent', level: 'warn', destination: { write: (line) => lines.push(line) } });
  log.info('Cloning VM');
  log.warn('Retrying clone');

  expect(lines).toHaveLength(1);
  expect(log.isEnabled('info')).toBe(false);
});

test('secrets never reach the log, however deep they lie', () => {
  log.info('Calling https://root:geheim@pve:8006 with Bearer geheim', {
    request: { headers: { Authorization: 'geheim', 'x-request-id': '7' } },
    cloudInit: { cipassword: 'geheim', sshkeys: 'geheim' },
    token: 'PVEAPIToken=root@pam!orion=geheim',
    list: [{ password: 'geheim' }, 'redis://:geheim@queue'],
    key: 'orn_abc_geheim',
    env: { NKEY_SEED: 'geheim' },
  });

  expect(lines.at(-1)).not.toContain('geheim');
  expect(last()).toMatchObject({ request: { headers: { 'x-request-id': '7' } } });
});

test('an error is logged with its code and cause, but without the request that hangs on it', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', config: { auth: 'geheim' } });
  log.error('Cannot reach the hypervisor', { err: new Error('no answer', { cause }) });

  expect(lines.at(-1)).not.toContain('geheim');
  expect(last()).toMatchObject({ err: { message: 'no answer', cause: { type: 'Error', code: 'ECONNREFUSED' } } });
});

test('Nest logs through the same lines, its context being the component', () => {
  new NestLogger().error('Boom', new Error('why'), 'JobsController');

  expect(last()).toMatchObject({ level: 'error', component: 'JobsController', msg: 'Boom', err: { message: 'why' } });
});

test('what Nest tells of its modules and routes is of no interest by default, its warnings are', () => {
  configureLogging({ service: 'agent', level: 'info', destination: { write: (line) => lines.push(line) } });
  const nest = new NestLogger();

  nest.log('Mapped {/jobs, GET} route', 'RouterExplorer');
  expect(lines).toEqual([]);
  nest.warn('Deprecated', 'RouterExplorer');
  expect(last()).toMatchObject({ level: 'warn', msg: 'Deprecated' });
});
