import { SageError } from '../src/contracts/errors.js';

/** What is said where something is refused, `SAGE_xxx where: detail`; `nothing` where it is not. */
export function refusal(run: () => unknown): string {
  try {
    run();
    return 'nothing';
  } catch (thrown) {
    return thrown instanceof SageError ? `${thrown.code} ${thrown.where}: ${thrown.detail}` : String(thrown);
  }
}
