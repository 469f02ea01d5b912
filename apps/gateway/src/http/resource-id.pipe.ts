import { Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '@orion/domain';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is no id names no resource: 404, like the id of somebody else's. */
@Injectable()
export class ResourceId implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!UUID.test(value)) throw new DomainError('resource.not_found', 'There is no resource of that id.');
    return value.toLowerCase();
  }
}

/** Numbers of revisions count from 1. */
@Injectable()
export class RevisionNumber implements PipeTransform<string, number> {
  transform(value: string): number {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new DomainError('resource.not_found', 'There is no such revision.');
    return Number(value);
  }
}

export function notFound(what: string, id: string): DomainError {
  return new DomainError('resource.not_found', `There is no ${what} ${id}.`, { resource: what, id });
}
