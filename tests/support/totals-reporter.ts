import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';

/** Ends every run with `N passed, N failed` alone on a line; a file or a run that broke counts as one failure. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed' || state === 'pending') failed += 1;
      }
    }
    if (reason !== 'passed') failed = Math.max(failed, 1);
    console.log(`\n${passed} passed, ${failed} failed`);
  }
}
