/**
 * Settings of glibc's allocator (mallopt(3)), bytes: it keeps what was given back, up to 64 MiB, instead of returning it
 * to the system and fetching it anew. `bin/sage` has the same for what it starts.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: '33554432',
  MALLOC_TRIM_THRESHOLD_: '67108864',
};

/**
 * The environment for a process that takes images: each is three pieces of memory of a megabyte, and their pages cost a
 * fourth of the work where they are new each time. What a user has set stays.
 */
export function keepingMemory(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...SETTINGS, ...env };
}

/** Takes the settings out of this process's environment, which has read them: its children are to have their own way. */
export function keepToOneself(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(SETTINGS)) if (env[name] === value) delete env[name];
}
