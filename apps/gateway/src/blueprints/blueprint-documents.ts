import { Injectable } from '@nestjs/common';
import { createBlueprintValidator, type BlueprintValidator, type ValidationResult } from '@orion/contracts';
import { EGRESS_OF_SITES, type NormalisedBlueprint, type SiteFacts } from '@orion/domain';
import type { SiteRow, SiteTemplate } from '@orion/persistence';

import type { SentDocument } from '../http/body-parsers';

/** What a blueprint is held against when it is to live on a site. */
export interface SiteToCheck {
  readonly site: SiteRow;
  readonly templates: readonly SiteTemplate[];
}

/** A valid document in the form that is stored. */
export interface ValidBlueprint {
  readonly normalised: NormalisedBlueprint;
  readonly digest: string;
  /** That the document was written in. */
  readonly schemaVersion: number;
}

/** Checks blueprints; large ones in worker threads, so that no other request waits for them. */
@Injectable()
export class BlueprintDocuments {
  private readonly validator: BlueprintValidator = createBlueprintValidator();

  check(document: SentDocument, options: { against?: SiteToCheck | undefined; normalise?: boolean } = {}) {
    return this.validator.validate(document.content, {
      contentType: document.mediaType === 'application/json' ? 'json' : 'yaml',
      ...(options.against ? { site: factsOf(options.against) } : {}),
      normalise: options.normalise === true,
    });
  }

  /** Holds a stored revision against a site. */
  checkStored(normalised: unknown, against: SiteToCheck): Promise<ValidationResult> {
    return this.checkNormalised(JSON.stringify(normalised), against);
  }

  /** Holds the JSON of a normalised blueprint against a site. */
  checkNormalised(source: string, against: SiteToCheck): Promise<ValidationResult> {
    return this.validator.validate(source, { contentType: 'json', site: factsOf(against) });
  }

  async stop(): Promise<void> {
    await this.validator.close();
  }
}

/** Copies of a template on several hosts are one template to a blueprint. */
function factsOf({ site, templates }: SiteToCheck): SiteFacts {
  const byName = new Map(templates.map((template) => [template.name, template]));
  return {
    templates: [...byName.values()].map(({ name, os, memoryMiB, diskGiB, guestAgent }) => ({
      name,
      os,
      memoryMiB,
      diskGiB,
      agent: guestAgent,
    })),
    reservedNetworks: site.reservedNetworks,
    capabilities: { egress: EGRESS_OF_SITES },
  };
}
