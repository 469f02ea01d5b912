/** Ends Jest's report with one plain line that both people and machines read: `12 passed, 0 failed`. */
module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter(
      (file) => file.testExecError !== undefined && file.testExecError !== null,
    );
    process.on('exit', () => {
      console.log(`${results.numPassedTests} passed, ${results.numFailedTests + broken.length} failed`);
    });
  }
};
