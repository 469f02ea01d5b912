import type { DynamicModule, INestMicroservice, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { NestLogger } from '@orion/runtime';
import { BusExceptionFilter } from './bus-exception.filter';
import type { BusSide } from './open-bus';

/**
 * Starts a Nest microservice whose controllers' `@MessagePattern`s answer the bus. Handlers get the message alone; its
 * `siteId` has been compared with the site that it came from, and its form has been checked. A `DomainError` that a
 * handler throws reaches the sender as a BusError (`refused`) with its code.
 *
 * Returns when it listens; over NATS it may be not connected yet. Closing the microservice does not close the side.
 */
export async function listenOnBus(module: Type | DynamicModule, side: BusSide): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    strategy: side.strategy,
    logger: new NestLogger(),
    abortOnError: false,
  });
  app.useGlobalFilters(new BusExceptionFilter());
  await app.listen();
  return app;
}
