import { instanceNames, type BlueprintView, type NodeView } from '../blueprint-view';
import type { ProbeDraft } from '../blueprint-draft';
import { LIMITS } from '../limits';
import { didYouMean } from '../nearest-name';
import { faultOfPattern } from '../output-pattern';
import type { Finding, Path } from '../problems';
import { quote } from '../wording';
import type { Rule } from './rule';

export const probeNamesDiffer: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    const seen = new Set<string>();
    for (const { draft, path } of probesOf(node)) {
      if (typeof draft.name !== 'string') continue;
      const key = draft.name.toLowerCase();
      if (seen.has(key)) {
        const message = `Another probe of the node is named ${quote(draft.name)} already.`;
        yield { code: 'probe.duplicate_name', path: [...path, 'name'], message };
      }
      seen.add(key);
    }
  }
};

export const probesHaveOneCheck: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    for (const { draft, path } of probesOf(node)) {
      const checks = Number(draft.exec !== undefined) + Number(draft.tcp !== undefined);
      if (checks === 1) continue;
      const message = checks === 0 ? 'The probe has neither `exec` nor `tcp`.' : 'The probe has both `exec` and `tcp`.';
      yield { code: 'probe.not_one_check', path, message };
    }
  }
};

/** A probe runs in a guest, which only the agent there can do: in the node itself, or in the one that connects. */
export const probesHaveAnAgent: Rule = function* (view) {
  for (const node of view.nodes) {
    for (const { draft, path } of probesOf(node)) {
      if (draft.exec && !waitsForAgent(node)) {
        const message = `The command runs by the guest agent of ${nameOf(node)}, which the node does not wait for.`;
        yield { code: 'probe.no_agent', path: [...path, 'exec'], message };
      }
      const from = fromOf(draft, view);
      if (from && from !== node && !waitsForAgent(from)) {
        const message = `The guest agent of ${nameOf(from)} connects, which that node does not wait for.`;
        yield { code: 'probe.no_agent', path: [...path, 'tcp', 'from'], message };
      }
    }
  }
};

export const outputPatternsAreSafe: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    for (const { draft, path } of probesOf(node)) {
      const output = draft.exec?.output;
      // A text that is too long has been told, and costs too much to read.
      if (typeof output !== 'string' || output.length > LIMITS.outputPatternLength) continue;
      const fault = faultOfPattern(output);
      if (fault === undefined) continue;
      const at = [...path, 'exec', 'output'];
      yield fault.kind === 'invalid'
        ? { code: 'probe.pattern_invalid', path: at, message: `${quote(output)} cannot be read: ${fault.reason}.` }
        : {
            code: 'probe.pattern_dangerous',
            path: at,
            message: `${quote(output)} could take too long: ${fault.reason}.`,
          };
    }
  }
};

export const connectionsAreBetweenNodes: Rule = function* (view) {
  for (const node of view.nodes) {
    for (const { draft, path } of probesOf(node)) {
      if (typeof draft.tcp?.from !== 'string') continue;
      const finding = connection(node, draft.tcp.from, [...path, 'tcp', 'from'], view);
      if (finding) yield finding;
    }
  }
};

function connection(node: NodeView, name: string, path: Path, view: BlueprintView): Finding | undefined {
  const from = view.nodeByName.get(name);
  if (from === undefined) {
    if (view.damaged.nodes || view.nodeCount > LIMITS.nodes) return undefined;
    const hint = didYouMean(name, view.nodeByName.keys());
    const message = `The blueprint has no node ${quote(name)}.`;
    return { code: 'probe.from_unknown', path, message, ...(hint === undefined ? {} : { hint }) };
  }
  if (from === node) {
    return { code: 'probe.from_self', path, message: `${quote(name)} would connect to itself.` };
  }
  if (from.numbered && from.name === name) {
    const first = instanceNames({ ...from, count: 1 })[0] ?? name;
    const message = `${quote(name)} is a group of nodes.`;
    return { code: 'probe.from_group', path, message, hint: `Name one of its nodes, such as \`${first}\`.` };
  }
  if (view.damaged.interfaces || view.damaged.networks) return undefined;
  const without = [node, from].find(({ interfaces }) => interfaces.length === 0);
  if (without) return { code: 'probe.no_interface', path, message: `${nameOf(without)} has no interface.` };
  const own = new Set(node.interfaces.map(({ network }) => network));
  if (from.interfaces.some(({ network }) => own.has(network))) return undefined;
  const message = `${nameOf(node)} and ${quote(name)} have no network in common.`;
  return { code: 'probe.no_shared_network', path, message };
}

/** The entry that connects; undefined when there is none, or a group is named. */
function fromOf({ tcp }: ProbeDraft, { nodeByName }: BlueprintView): NodeView | undefined {
  if (typeof tcp?.from !== 'string') return undefined;
  const from = nodeByName.get(tcp.from);
  return from?.numbered && from.name === tcp.from ? undefined : from;
}

/** Silent about what is malformed. */
function waitsForAgent({ draft }: NodeView): boolean {
  if (draft.readiness === null || draft.readiness?.guestAgent === null) return true;
  return draft.readiness?.guestAgent === true;
}

function nameOf(node: NodeView): string {
  return quote(node.name ?? '');
}

function* probesOf(node: NodeView): Iterable<{ readonly draft: ProbeDraft; readonly path: Path }> {
  for (const [index, draft] of (node.draft.probes ?? []).entries()) {
    if (draft !== null) yield { draft, path: ['nodes', node.index, 'probes', index] };
  }
}
