import { didYouMean } from '../nearest-name';
import { formatCidr, overlaps, readCidr } from '../ipv4';
import { counted, list, quote } from '../wording';
import type { Rule } from './rule';

export const templatesExist: Rule = function* ({ nodes, site }) {
  if (!site) return;
  const names = site.templates.map(({ name }) => name);
  for (const { draft, index, template } of nodes) {
    if (typeof draft.template !== 'string' || template) continue;
    const hint = didYouMean(draft.template, names) ?? (names.length > 0 ? `It has ${list(names)}.` : undefined);
    yield {
      code: 'template.unknown',
      path: ['nodes', index, 'template'],
      message: `The site has no template ${quote(draft.template)}.`,
      ...(hint === undefined ? {} : { hint }),
    };
  }
};

export const templatesRunTheSystem: Rule = function* ({ nodes }) {
  for (const { draft, index, template } of nodes) {
    if (!template?.os || draft.os === null) continue;
    const runs = `The template ${quote(template.name)} runs ${template.os}`;
    if (draft.os === undefined && template.os !== 'linux') {
      const hint = `Declare \`os: ${template.os}\`.`;
      yield { code: 'template.os_undeclared', path: ['nodes', index], message: `${runs}, but linux is assumed.`, hint };
    } else if (draft.os !== undefined && draft.os !== template.os) {
      yield { code: 'template.os_mismatch', path: ['nodes', index, 'os'], message: `${runs}, not ${draft.os}.` };
    }
  }
};

export const templatesFitTheResources: Rule = function* ({ nodes }) {
  for (const { draft, index, template } of nodes) {
    if (!template) continue;
    const { diskGiB, memoryMiB } = draft.resources ?? {};
    if (template.diskGiB !== undefined && typeof diskGiB === 'number' && diskGiB < template.diskGiB) {
      const message = `The disk of ${quote(template.name)} has ${template.diskGiB} GiB already; ${diskGiB} GiB is less.`;
      yield { code: 'template.disk_too_small', path: ['nodes', index, 'resources', 'diskGiB'], message };
    }
    if (template.memoryMiB !== undefined && typeof memoryMiB === 'number' && memoryMiB < template.memoryMiB) {
      const message = `${quote(template.name)} is made for ${template.memoryMiB} MiB; the node has ${memoryMiB} MiB.`;
      yield { code: 'template.memory_low', path: ['nodes', index, 'resources', 'memoryMiB'], message };
    }
  }
};

export const agentsAreThere: Rule = function* ({ nodes }) {
  for (const { draft, index, template } of nodes) {
    if (!template || template.agent || !draft.readiness?.guestAgent) continue;
    const message = `The template ${quote(template.name)} has no guest agent, so the node would never be ready.`;
    yield { code: 'template.no_agent', path: ['nodes', index, 'readiness', 'guestAgent'], message };
  }
};

export const reservedNetworksAreFree: Rule = function* ({ networks, site }) {
  const reserved = (site?.reservedNetworks ?? []).flatMap((text) => {
    const reading = readCidr(text);
    return 'cidr' in reading ? [reading.cidr] : [];
  });
  for (const { cidr, index } of networks) {
    const taken = cidr && reserved.find((own) => overlaps(own, cidr));
    if (!cidr || !taken) continue;
    const message = `${formatCidr(cidr)} overlaps ${formatCidr(taken)}, which the site reserves.`;
    yield { code: 'network.overlaps_reserved', path: ['networks', index, 'cidr'], message };
  }
};

export const egressIsSupported: Rule = function* ({ networks, site }) {
  if (!site) return;
  const supported = site.capabilities.egress;
  for (const { egress, index } of networks) {
    if (egress === undefined || egress === 'none' || supported.includes(egress)) continue;
    yield {
      code: 'network.egress_unsupported',
      path: ['networks', index, 'egress'],
      message: `The site cannot give egress ${egress}; it knows ${list(supported.length > 0 ? supported : ['none'])}.`,
    };
  }
};

export const networkPoolSuffices: Rule = function* ({ networks, site }) {
  const free = site?.vlanPoolFree;
  if (free === undefined || networks.length <= free) return;
  const message = `The blueprint needs ${counted(networks.length, 'network')}; the site has ${free} free now.`;
  yield { code: 'network.pool_low', path: ['networks'], message };
};
