import { runMain } from '@orion/runtime';
import { allInOneService } from './all-in-one.service';

void runMain(allInOneService);
