import { leavingName } from './leaving';
import { planApply, planApplyUndo, type PlanApply } from './plan-apply';
import type { PlannedStep, PlanNode } from './planned-step';

const aNode = (name: string, more: Partial<PlanNode> = {}): PlanNode => ({
  ...{ name, state: 'running', host: 'h1', storage: 'lvm@h1', dependsOn: [], networks: ['lan'] },
  ...more,
});
/** `web` is made anew, `db` changes, `cache` goes, `queue` comes, `dns` stays. */
const APPLY: PlanApply = {
  made: new Set(['web', 'queue']),
  changed: new Set(['db']),
  running: new Set(['web', 'queue', 'db']),
  networksAdded: new Set(['dmz']),
  networksRemoved: new Set(['old-lan']),
};
const STAYING = [
  aNode('dns'),
  aNode('db', { dependsOn: ['dns'] }),
  aNode('web', { state: 'planned', dependsOn: ['db'], networks: ['lan', 'dmz'] }),
  aNode('queue', { state: 'planned' }),
];
const NODES = [...STAYING, aNode('web~old', { dependsOn: ['cache', 'dns'] }), aNode('cache~old')];
const REQUEST = { nodes: NODES, networks: ['lan', 'dmz', 'old-lan'], apply: APPLY };
const edges = (plan: readonly PlannedStep[]) =>
  Object.fromEntries(plan.map(({ key, dependsOn }) => [key, [...dependsOn].sort()]));

test('what changes is kept before it is touched, and what is made anew starts when its predecessor has stopped', () => {
  expect(edges(planApply(REQUEST))).toEqual({
    'network.ensure:lan': [],
    'network.ensure:dmz': [],
    'vm.stop:web~old': [],
    'vm.stop:cache~old': ['vm.stop:web~old'],
    'vm.stop:db': [],
    'vm.snapshot:db': ['vm.stop:db'],
    'vm.configure:db': ['network.ensure:lan', 'vm.snapshot:db'],
    'vm.start:db': ['vm.configure:db'],
    'vm.ready:db': ['vm.start:db'],
    'vm.clone:web': [],
    'vm.configure:web': ['network.ensure:dmz', 'network.ensure:lan', 'vm.clone:web'],
    'vm.start:web': ['vm.configure:web', 'vm.ready:db', 'vm.stop:web~old'],
    'vm.ready:web': ['vm.start:web'],
    'vm.clone:queue': [],
    'vm.configure:queue': ['network.ensure:lan', 'vm.clone:queue'],
    'vm.start:queue': ['vm.configure:queue'],
    'vm.ready:queue': ['vm.start:queue'],
  });
});

test('nothing is removed before everything else is done', () => {
  expect(edges(planApply({ ...REQUEST, stage: 2 }))).toEqual({
    'vm.destroy:web~old': [],
    'vm.destroy:cache~old': [],
    'vm.unsnapshot:db': [],
    'network.remove:old-lan': ['vm.destroy:cache~old', 'vm.destroy:web~old'],
  });
});

test('nodes that do not run are changed and made without being started', () => {
  const plan = planApply({ ...REQUEST, apply: { ...APPLY, running: new Set() } });

  expect(plan.filter(({ kind }) => kind === 'vm.start')).toEqual([]);
});

/** The range as it is while it is taken back. */
const BACK = [
  aNode('dns'),
  aNode('db', { dependsOn: ['dns'] }),
  aNode('web', { dependsOn: ['cache', 'dns'] }),
  aNode('cache'),
  aNode(leavingName('web', 'new'), { state: 'creating', networks: ['lan', 'dmz'] }),
  aNode(leavingName('queue', 'new'), { state: 'planned' }),
];
const undoAfter = (...sent: readonly string[]) => {
  const before = planApply(REQUEST).map(({ key, kind, subject }) => ({ kind, subject, sent: sent.includes(key) }));
  return edges(planApplyUndo({ ...REQUEST, nodes: BACK, before }));
};

test('what was sent is taken back, and what ran runs again', () => {
  const sent = ['network.ensure:lan', 'network.ensure:dmz', 'vm.stop:web~old', 'vm.stop:cache~old', 'vm.stop:db'];
  const far = undoAfter(...sent, 'vm.snapshot:db', 'vm.configure:db', 'vm.clone:web');

  expect(far).toEqual({
    'vm.destroy:web~new': [],
    'vm.rollback:db': [],
    'vm.unsnapshot:db': ['vm.rollback:db'],
    'vm.start:db': ['vm.unsnapshot:db'],
    'vm.ready:db': ['vm.start:db'],
    'vm.start:cache': [],
    'vm.ready:cache': ['vm.start:cache'],
    'vm.start:web': ['vm.destroy:web~new', 'vm.ready:cache'],
    'vm.ready:web': ['vm.start:web'],
    'network.remove:dmz': ['vm.destroy:web~new', 'vm.rollback:db'],
  });
});

test('a node that was only halted is only started', () => {
  expect(undoAfter('vm.stop:db', 'vm.snapshot:db')).toEqual({
    'vm.unsnapshot:db': [],
    'vm.start:db': ['vm.unsnapshot:db'],
    'vm.ready:db': ['vm.start:db'],
  });
  expect(undoAfter('vm.stop:db')).toEqual({ 'vm.start:db': [], 'vm.ready:db': ['vm.start:db'] });
});

test('of what never began nothing is taken back', () => {
  expect(undoAfter()).toEqual({});
});
