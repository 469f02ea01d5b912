import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { v7 as uuid7 } from 'uuid';

import { Answer, created, etagOf } from '../http/answer';
import { assertMatches, type Caller } from '../http/caller';
import { pageOf, uuidCursor, type Page } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import type { NameQuery } from '../access/access.dto';
import { changedSettings, newSettings } from './site-settings';
import type { ChangeSiteDto, CreateSiteDto, TemplateCatalogueDto } from './site.dto';
import { siteDetailView, siteView, type SiteDetailView, type SiteView, type TemplatesView } from './site.view';

/** Registers sites, changes their settings and template catalogues, and tells how they do. */
@Injectable()
export class ManageSites {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** The registering tenant may use the site at once; others get a grant. */
  create(caller: Caller, request: CreateSiteDto): Promise<Answer<SiteDetailView>> {
    return this.unitOfWork.create(
      caller,
      async (stores) => {
        const id = uuid7();
        await stores.sites.add(id, newSettings(request));
        await stores.sites.grant(id, caller.principal.tenantId);
        await recordAudit(stores, caller, {
          action: 'site.create',
          subject: `site:${id}`,
          data: { name: request.name },
        });
        const { body, headers } = await this.read(stores, id);
        return created('/sites', body, headers);
      },
      { reach: 'platform' },
    );
  }

  list(caller: Caller, { cursor, limit, name }: NameQuery): Promise<Page<SiteView>> {
    const read = this.unitOfWork.run(
      caller,
      ({ sites }) => sites.list({ before: uuidCursor(cursor), name, limit: limit + 1 }),
      'platform',
    );
    return read.then((rows) => pageOf(rows, limit, (row) => row.id, siteView));
  }

  get(caller: Caller, siteId: string): Promise<Answer<SiteDetailView>> {
    return this.unitOfWork.run(caller, (stores) => this.read(stores, siteId), 'platform');
  }

  change(caller: Caller, siteId: string, request: ChangeSiteDto): Promise<Answer<SiteDetailView>> {
    return this.unitOfWork.run(
      caller,
      async (stores) => {
        const current = await this.lockMatching(stores, caller, siteId);
        await stores.sites.set(siteId, changedSettings(current, request));
        const data = { changed: Object.keys(request) };
        await recordAudit(stores, caller, { action: 'site.change', subject: `site:${siteId}`, data });
        return this.read(stores, siteId);
      },
      'platform',
    );
  }

  templates(caller: Caller, siteId: string): Promise<Answer<TemplatesView>> {
    return this.unitOfWork.run(caller, (stores) => this.readTemplates(stores, siteId), 'platform');
  }

  /** Replaces the whole catalogue. If-Match is optional: the catalogue comes from one place, and replacing it twice is harmless. */
  setTemplates(caller: Caller, siteId: string, { templates }: TemplateCatalogueDto): Promise<Answer<TemplatesView>> {
    assertNoTwice(templates);
    return this.unitOfWork.run(
      caller,
      async (stores) => {
        const locked = await stores.sites.lock(siteId);
        if (locked === undefined) throw notFound('site', siteId);
        if (caller.ifMatch) assertMatches(caller, etagOf(locked.version));
        await stores.sites.setTemplates(siteId, templates);
        const data = { templates: [...new Set(templates.map(({ name }) => name))] };
        await recordAudit(stores, caller, { action: 'site.set_templates', subject: `site:${siteId}`, data });
        return this.readTemplates(stores, siteId);
      },
      'platform',
    );
  }

  private async lockMatching(stores: Stores, caller: Caller, siteId: string) {
    const locked = await stores.sites.lock(siteId);
    const current = await stores.sites.get(siteId);
    if (locked === undefined || current === undefined) throw notFound('site', siteId);
    assertMatches(caller, etagOf(locked.version));
    return current;
  }

  private async read({ sites }: Stores, siteId: string): Promise<Answer<SiteDetailView>> {
    const site = await sites.get(siteId);
    if (site === undefined) throw notFound('site', siteId);
    return new Answer(200, siteDetailView(site, await sites.capacity(siteId)), { etag: etagOf(site.version) });
  }

  private async readTemplates({ sites }: Stores, siteId: string): Promise<Answer<TemplatesView>> {
    const site = await sites.get(siteId);
    if (site === undefined) throw notFound('site', siteId);
    return new Answer(200, { templates: await sites.templates(siteId) }, { etag: etagOf(site.version) });
  }
}

function assertNoTwice(templates: readonly { readonly name: string; readonly host: string }[]): void {
  const seen = new Set<string>();
  templates.forEach(({ name, host }, index) => {
    const key = `${name} on ${host}`;
    if (seen.has(key)) {
      const problems = [{ pointer: `/templates/${index}`, message: `the template ${key} is listed twice` }];
      throw new DomainError('request.invalid', `The template ${key} is listed twice.`, { problems });
    }
    seen.add(key);
  });
}
