import type { LoggerService } from '@nestjs/common';
import type { LogFields, Logger } from './logger';
import { logger } from './logger';

/** Sends what Nest and its modules log through our logger; Nest's context becomes the component. */
export class NestLogger implements LoggerService {
  private readonly components = new Map<string, Logger>();

  /** Which modules and routes there are: of use to developers alone. */
  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    const parameters = [...rest];
    const context = typeof parameters.at(-1) === 'string' ? (parameters.pop() as string) : 'nest';
    const fields: Record<string, unknown> = {};
    for (const parameter of parameters) {
      if (parameter instanceof Error) fields['err'] = parameter;
      else if (typeof parameter === 'string') fields['stack'] = parameter;
      else if (typeof parameter === 'object') Object.assign(fields, parameter);
    }
    if (message instanceof Error) fields['err'] = message;
    else if (typeof message === 'object' && message !== null) Object.assign(fields, message);
    this.component(context)[level](this.text(message), fields satisfies LogFields);
  }

  private text(message: unknown): string {
    if (message instanceof Error) return message.message;
    return typeof message === 'object' && message !== null ? 'Nest reports' : String(message);
  }

  private component(name: string): Logger {
    const existing = this.components.get(name);
    if (existing) return existing;
    const created = logger(name);
    this.components.set(name, created);
    return created;
  }
}
