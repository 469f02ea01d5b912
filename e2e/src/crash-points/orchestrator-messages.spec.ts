import { walkCrashPoints } from './walk-crash-points';

walkCrashPoints('orchestratorMessages');
