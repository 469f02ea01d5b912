import { Injectable } from '@nestjs/common';

import type { SentDocument } from '../http/body-parsers';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { UnitOfWork } from '../persistence/unit-of-work';
import { BlueprintDocuments, type SiteToCheck } from './blueprint-documents';
import type { ValidateQuery } from './blueprint.dto';
import { validationView, type ValidationView } from './blueprint.view';

/** Answers all problems of a document at once. Touches the database only for a site. */
@Injectable()
export class ValidateBlueprint {
  constructor(
    private readonly documents: BlueprintDocuments,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute(caller: Caller, document: SentDocument, { site, normalised }: ValidateQuery): Promise<ValidationView> {
    const against =
      site === undefined ? undefined : await this.unitOfWork.run(caller, (stores) => siteToCheck(stores, site));
    const normalise = normalised === 'true' || normalised === '';
    return validationView(await this.documents.check(document, { against, normalise }));
  }
}

/** What a blueprint is checked against, for a site that the caller can see. */
export async function siteToCheck({ sites }: Stores, siteId: string): Promise<SiteToCheck> {
  const site = await sites.get(siteId);
  if (site === undefined) throw notFound('site', siteId);
  return { site, templates: await sites.templates(siteId) };
}
