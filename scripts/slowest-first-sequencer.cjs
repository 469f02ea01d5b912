const { default: Sequencer } = require('@jest/test-sequencer');

/** Files of a project that take longest; the others of it come after them. */
const LONGEST = /crash-points|repeatability|guarantees|protocol/;
const PROJECTS = ['e2e', 'integration', 'unit'];

/**
 * Begins with what takes longest, also on a fresh clone, where Jest knows no times: it would go by the size of files, and end
 * with one worker that walks crash points for minutes while the other has nothing to do.
 */
module.exports = class SlowestFirstSequencer extends Sequencer {
  sort(tests) {
    const rank = ({ path, context }) =>
      PROJECTS.indexOf(context.config.displayName?.name) * 2 + (LONGEST.test(path) ? 0 : 1);
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
