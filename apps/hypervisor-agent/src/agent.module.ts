import { Module, type DynamicModule } from '@nestjs/common';
import { CommandsController } from './bus/commands.controller';
import { CommandDesk } from './commands/command-desk';
import { Registration } from './site/registration';

/** The agent on the bus. */
@Module({})
export class AgentModule {
  static of(parts: { readonly desk: CommandDesk; readonly registration: Registration }): DynamicModule {
    return {
      module: AgentModule,
      controllers: [CommandsController],
      providers: [
        { provide: CommandDesk, useValue: parts.desk },
        { provide: Registration, useValue: parts.registration },
      ],
    };
  }
}
