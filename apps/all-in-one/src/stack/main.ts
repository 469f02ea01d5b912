import { runMain } from '@orion/runtime';
import { stackService } from './stack.service';

void runMain(stackService);
