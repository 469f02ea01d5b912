import { DomainError } from '@orion/domain';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ApiPropertyOptional } from '@nestjs/swagger';

/** A page of a list. `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** What every list takes. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50, description: 'Items of one page.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ type: 'string', maxLength: 200, description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Cuts a page out of `rows`, of which one more than `limit` was read, so that the last page is known to be it.
 * `position` is what the next page begins after.
 */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  position: (row: R) => string | number,
  view: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(view), nextCursor: more ? encodeCursor(position(last)) : null };
}

export function encodeCursor(position: string | number): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads a cursor of a list that is ordered by uuid. */
export function uuidCursor(cursor: string | undefined): string | undefined {
  return readCursor(cursor, (value): value is string => typeof value === 'string' && UUID.test(value));
}

/** Reads a cursor of a list that is ordered by text. */
export function textCursor(cursor: string | undefined): string | undefined {
  return readCursor(cursor, (value): value is string => typeof value === 'string' && value.length <= 128);
}

/** Reads a cursor of a list that is ordered by number. */
export function numberCursor(cursor: string | undefined): number | undefined {
  return readCursor(
    cursor,
    (value): value is number => Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 31,
  );
}

function readCursor<T>(cursor: string | undefined, isPosition: (value: unknown) => value is T): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isPosition(value)) return value;
  } catch {
    // Falls through: whatever is no JSON is no cursor either.
  }
  throw new DomainError('request.cursor_invalid', 'Take nextCursor of the page before as it is, or none.');
}
