import { walkCrashPoints } from './walk-crash-points';

walkCrashPoints('gateway');
