import type { Parameters } from '../../src/contracts/parameters/index.js';

/** Time in the simulated world does not pass while a model answers: however busy the machine is, that is no fault. */
export const patient = (models: Parameters['models']): Parameters['models'] => ({
  ...models,
  timeout_ms: 120_000,
  load_timeout_ms: 120_000,
});
