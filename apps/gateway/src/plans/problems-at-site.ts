import { DomainError } from '@orion/domain';

import type { BlueprintDocuments, SiteToCheck } from '../blueprints/blueprint-documents';
import { assertValid } from '../blueprints/store-blueprint.use-case';
import { reasonOf, type ReasonView } from './plan.view';

/** What the request for a job would be refused for, of a normalised blueprint at a site. */
export async function problemsAt(
  documents: BlueprintDocuments,
  blueprint: string,
  against: SiteToCheck,
): Promise<ReasonView | undefined> {
  try {
    assertValid(await documents.checkNormalised(blueprint, against));
    return undefined;
  } catch (error) {
    return reasonOfRefusal(error);
  }
}

/** Of a request's refusal; throws what is none. */
export function reasonOfRefusal(error: unknown): ReasonView {
  if (error instanceof DomainError) return reasonOf(error);
  throw error;
}
