import { setFlagsFromString } from 'node:v8';

/** The V8 of Node 20. Later ones count calls instead of bytes, and say on the terminal that they do not know these flags. */
const COUNTS_BYTES = /^11\.3\./;
/**
 * How much of a function runs before V8 compiles it to the fastest code, bytes of bytecode: a little over twice the
 * default. Compiling goes on beside the run, and where a model takes the other core it takes that core's time.
 */
const COMPILE_LATER = '--interrupt-budget=300000';
/** Where no model takes the other core it is free for that, and a short run is over before much is compiled. */
const COMPILE_SOONER = '--interrupt-budget=40000';
/**
 * The heap may grow to three times what is alive before V8 marks all of it, some 75 MB here. Masks and frames count as
 * growth, though they are let go at once: by its own limit V8 marks a dozen times in a few seconds, on the other core too.
 */
const MARK_LATER = '--heap-growing-percent=200';

/**
 * Sets how V8 compiles and collects in this process during a replay.
 * @param models whether models run beside it
 */
export function tuneEngine(models: boolean, v8 = process.versions.v8, set = setFlagsFromString): void {
  if (COUNTS_BYTES.test(v8)) set(models ? COMPILE_LATER : COMPILE_SOONER);
  if (models) set(MARK_LATER);
}
