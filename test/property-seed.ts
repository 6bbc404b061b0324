import * as fc from 'fast-check';

/**
 * Properties are tried with the same cases everywhere, so that a red run can be had again. SAGE_PROPERTY_SEED=random
 * tries others, and a number those of a run that told it.
 */
const asked = process.env.SAGE_PROPERTY_SEED ?? '20261121';
const seed = asked === 'random' ? Date.now() | 0 : Number(asked);
if (!Number.isInteger(seed))
  throw new Error(`SAGE_PROPERTY_SEED=${asked} is neither "random" nor a whole number`);
fc.configureGlobal({ seed });
