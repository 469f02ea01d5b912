import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { Type, type TSchema } from '@sinclair/typebox';

/** Schemas with a name of their own in the OpenAPI document. */
export const SCHEMAS = new Map<string, TSchema>();

/** Gives a schema its name. */
export function named<T extends TSchema>(name: string, schema: T): T {
  SCHEMAS.set(name, schema);
  return { ...schema, $id: name };
}

/** What the route answers when all goes well. */
export function Answers(
  status: number,
  schema: TSchema,
  description: string,
  mediaType = 'application/json',
): MethodDecorator {
  return ApiResponse({ status, description, content: { [mediaType]: { schema: reference(schema) } } });
}

/** The route answers nothing but that it is done. */
export function AnswersNothing(description: string): MethodDecorator {
  return ApiResponse({ status: 204, description });
}

/** The route creates something and may be repeated safely with a key. */
export function TakesIdempotencyKey(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Repeating the request with the same key and body within 24 hours gives the first answer again.',
    schema: { type: 'string', maxLength: 255 },
  });
}

/** The route changes what must be as it was read. */
export function TakesIfMatch(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: true,
      description: 'The ETag that was read. 412 when it has changed since, 428 when the header is missing.',
      schema: { type: 'string' },
    }),
  );
}

/** A page of a list. */
export function pageSchema(items: TSchema): TSchema {
  return Type.Object({
    items: Type.Array(Type.Unsafe(reference(items))),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Null on the last page.' }),
  });
}

function reference(schema: TSchema): Record<string, unknown> {
  return schema.$id === undefined ? { ...schema } : { $ref: `#/components/schemas/${schema.$id}` };
}

export const Nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
export const Id = (description?: string) => Type.String({ format: 'uuid', ...(description ? { description } : {}) });
export const Time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description ? { description } : {}) });
export const OneOf = <const V extends readonly string[]>(values: V, description?: string) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...(description ? { description } : {}) });
