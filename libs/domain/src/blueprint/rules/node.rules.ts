import { LIMITS } from '../limits';
import { didYouMean } from '../nearest-name';
import { counted, quote } from '../wording';
import type { Rule } from './rule';

export const nodesAreFewEnough: Rule = function* ({ nodeCount }) {
  if (nodeCount <= LIMITS.nodes) return;
  const message = `The blueprint describes ${counted(nodeCount, 'node')}; at most ${LIMITS.nodes} are possible.`;
  yield { code: 'limit.nodes', path: ['nodes'], message };
};

export const nodesHaveInterfaces: Rule = function* ({ nodes }) {
  for (const { draft, index } of nodes) {
    if (draft.isolated === null || draft.interfaces === null) continue;
    const interfaces = draft.interfaces?.length ?? 0;
    if (draft.isolated && interfaces > 0) {
      const message = `The node is isolated, yet has ${counted(interfaces, 'interface')}.`;
      yield { code: 'node.isolated_with_interfaces', path: ['nodes', index, 'interfaces'], message };
    }
    if (!draft.isolated && interfaces === 0) {
      const path = draft.interfaces ? ['nodes', index, 'interfaces'] : ['nodes', index];
      yield { code: 'node.no_interface', path, message: 'The node hangs on no network.' };
    }
  }
};

export const interfacesNameNetworks: Rule = function* ({ nodes, networkByName, damaged }) {
  for (const node of nodes) {
    const seen = new Set<string>();
    for (const { draft, network, index } of node.interfaces) {
      if (typeof draft.network !== 'string') continue;
      const path = ['nodes', node.index, 'interfaces', index, 'network'];
      const name = quote(draft.network);
      if (network === undefined && !damaged.networks) {
        const hint = didYouMean(draft.network, networkByName.keys());
        yield {
          code: 'network.unknown',
          path,
          message: `The blueprint has no network ${name}.`,
          ...(hint === undefined ? {} : { hint }),
        };
      }
      if (seen.has(draft.network)) {
        yield { code: 'interface.same_network', path, message: `An earlier interface hangs on ${name} already.` };
      }
      seen.add(draft.network);
    }
  }
};
