import { instanceNames, type NodeView } from '../blueprint-view';
import { LIMITS } from '../limits';
import type { Path } from '../problems';
import { quote } from '../wording';
import type { Rule } from './rule';

export const networkNamesDiffer: Rule = function* ({ networks }) {
  const seen = new Set<string>();
  for (const { name, index } of networks) {
    if (name === undefined) continue;
    const key = name.toLowerCase();
    if (seen.has(key)) {
      yield {
        code: 'network.duplicate_name',
        path: ['networks', index, 'name'],
        message: `Another network is named ${quote(name)} already.`,
      };
    }
    seen.add(key);
  }
};

export const nodeNamesDiffer: Rule = function* ({ nodes }) {
  const seen = new Set<string>();
  for (const node of nodes) {
    if (node.name === undefined) continue;
    const key = node.name.toLowerCase();
    if (seen.has(key)) {
      yield {
        code: 'node.duplicate_name',
        path: nameOf(node),
        message: `Another node is named ${quote(node.name)} already.`,
      };
    }
    seen.add(key);
  }
};

/** `ws` with a count makes `ws-1`, which may be the name of an entry of its own. Equal entries are told above. */
export const numberedNamesDiffer: Rule = function* ({ nodes, nodeCount }) {
  if (nodeCount > LIMITS.nodes) return;
  const owners = new Map<string, NodeView>();
  const entries = new Set<string>();
  for (const node of nodes) {
    const entry = node.name?.toLowerCase();
    if (entry === undefined || entries.has(entry)) continue;
    entries.add(entry);
    for (const name of instanceNames(node)) {
      const owner = owners.get(name.toLowerCase());
      if (owner === undefined) {
        owners.set(name.toLowerCase(), node);
        continue;
      }
      const numbered = node.numbered ? node : owner;
      yield {
        code: 'node.expanded_name_taken',
        path: nameOf(node),
        message: `The count of ${quote(numbered.name ?? '')} makes a node ${quote(name)}, which exists already.`,
      };
      break;
    }
  }
};

export const numberedNamesFit: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    if (!node.numbered || node.name === undefined || node.name.length > LIMITS.nameLength) continue;
    const longest = longestName(node);
    if (longest.length <= LIMITS.nameLength) continue;
    yield {
      code: 'name.too_long',
      path: nameOf(node),
      message: `The last node would be named ${quote(longest)}, which has more than ${LIMITS.nameLength} characters.`,
    };
  }
};

/** NetBIOS names: at most 15 characters, not digits alone. Microsoft, "Naming conventions in Active Directory". */
export const windowsNamesFit: Rule = function* ({ nodes }) {
  for (const node of nodes) {
    if (node.os !== 'windows' || node.name === undefined) continue;
    const longest = longestName(node);
    if (longest.length > LIMITS.windowsNameLength) {
      yield {
        code: 'name.too_long_for_windows',
        path: nameOf(node),
        message: `${quote(longest)} has ${longest.length} characters; Windows takes at most ${LIMITS.windowsNameLength}.`,
      };
    }
    if (/^[0-9]+$/.test(longest)) {
      yield {
        code: 'name.only_digits',
        path: nameOf(node),
        message: `Windows does not take ${quote(longest)}, a name of digits alone.`,
      };
    }
  }
};

function nameOf(node: NodeView): Path {
  return ['nodes', node.index, 'name'];
}

function longestName(node: NodeView): string {
  return node.numbered ? `${node.name ?? ''}-${node.count}` : (node.name ?? '');
}
