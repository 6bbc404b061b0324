/**
 * For `schema.parse(value, ONCE)`. Zod writes and compiles code for a schema when it is first used, which pays after
 * hundreds of values; what is read once in a process is checked several times as fast without.
 */
export const ONCE = { jitless: true } as const;
