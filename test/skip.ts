/** Where the reporter (scripts/test/reporter.cjs) looks for the reason of a skipped test. */
interface Skippable {
  skipReason?: string;
  /** `hook` or `test`; Mocha has it, its types do not. */
  readonly type?: string;
  readonly parent?: Skippable | undefined;
}

/**
 * Skips the running test, or from a `before` hook its whole suite, and says why: `npm test` lists the reasons.
 * @example before(function () { if (missing) skip(this, 'ros2 launch is not installed'); });
 */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.test as Skippable | undefined;
  const marked = runnable?.type === 'hook' ? runnable.parent : runnable;
  if (marked !== undefined) marked.skipReason = reason;
  return context.skip();
}
