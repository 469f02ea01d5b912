import type { BlueprintDraft } from './blueprint-draft';
import { viewBlueprint, type BlueprintView } from './blueprint-view';
import type { Finding } from './problems';
import { RULES } from './rules';
import type { SiteFacts } from './site-facts';

export interface BlueprintCheck {
  readonly view: BlueprintView;
  readonly findings: readonly Finding[];
}

/**
 * Holds a draft against every rule, and against a site when one is given. Order of the findings is that of the rules.
 * No rule lists more than `mostPerRule`, so that a document of mistakes stays cheap.
 */
export function checkBlueprint(draft: BlueprintDraft, site?: SiteFacts, mostPerRule = Infinity): BlueprintCheck {
  const view = viewBlueprint(draft, site);
  const findings: Finding[] = [];
  for (const rule of RULES) {
    let listed = 0;
    for (const finding of rule(view)) {
      if (listed++ >= mostPerRule) break;
      findings.push(finding);
    }
  }
  return { view, findings };
}
