import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { DomainError } from '@orion/domain';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validateSync } from 'class-validator';

const LISTED = 50;
const RULES = {
  whitelist: true,
  forbidNonWhitelisted: true,
  stopAtFirstError: false,
  validationError: { target: false, value: false },
};

interface RequestProblem {
  /** Where in the request, as a JSON pointer. */
  readonly pointer: string;
  readonly message: string;
}

/** Checks bodies and queries against their classes; members that the class does not declare are refused. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({ ...RULES, transform: true, exceptionFactory: (errors) => invalid(errors) });
}

/** Checks a body whose class is known only by its content. */
export function validated<T extends object>(type: ClassConstructor<T>, body: unknown): T {
  const instance = plainToInstance(type, body ?? {});
  const errors = validateSync(instance, RULES);
  if (errors.length > 0) throw invalid(errors);
  return instance;
}

function invalid(errors: readonly ValidationError[]): DomainError {
  const problems = errors.flatMap((error) => flatten(error, ''));
  const first = problems[0];
  const detail =
    first === undefined
      ? undefined
      : `${first.message}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}.`;
  return new DomainError('request.invalid', detail, { problems: problems.slice(0, LISTED) });
}

function flatten(error: ValidationError, above: string): RequestProblem[] {
  const pointer = `${above}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ pointer, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, pointer))];
}
