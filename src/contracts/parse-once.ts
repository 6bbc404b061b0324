/**
 * For `schema.parse(value, ONCE)`. Zod generates and compiles code on a schema's first use, which pays off
 * after hundreds of values; without it, data parsed once per process is checked several times as fast.
 */
export const ONCE = { jitless: true } as const;
