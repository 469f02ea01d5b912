import * as addresses from './address.rules';
import * as cloudInit from './cloud-init.rules';
import * as dependencies from './dependency.rules';
import * as names from './name.rules';
import * as networks from './network.rules';
import * as nodes from './node.rules';
import * as probes from './probe.rules';
import type { Rule } from './rule';
import * as site from './site.rules';

/** Every rule that a blueprint must keep, beyond its form. Each file exports rules alone. */
export const RULES: readonly Rule[] = [
  names,
  networks,
  addresses,
  nodes,
  dependencies,
  probes,
  cloudInit,
  site,
].flatMap((file): Rule[] => Object.values(file));
