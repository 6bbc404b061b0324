/** What asks a recorder to end: Ctrl-C, a supervisor, a terminal that was closed. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** ros2 launch passes a Ctrl-C on that the terminal has sent already: both are the same request, ms. */
const SAME_REQUEST_MS = 1000;

export interface Interruptions {
  /** Once, at the first of them. */
  readonly onEnd: () => void;
  /** At the second; a third ends the process as it stands. */
  readonly onImpatience: () => void;
  /** SIGUSR1. */
  readonly onRequest: () => void;
}

/**
 * Listens to signals until the returned function is called, so that a bag can be closed in peace: without its end it is
 * not whole.
 */
export function onInterruptions({ onEnd, onImpatience, onRequest }: Interruptions): () => void {
  let first_ms: number | null = null;
  const undo = (): void => {
    for (const signal of ENDING) process.off(signal, end);
  };
  const end = (): void => {
    if (first_ms === null) {
      first_ms = performance.now();
      onEnd();
    } else if (performance.now() - first_ms > SAME_REQUEST_MS) {
      undo();
      onImpatience();
    }
  };
  for (const signal of ENDING) process.on(signal, end);
  process.on('SIGUSR1', onRequest);
  // Whoever read our output may be gone, as a terminal that was closed; the bag is worth more than the words.
  const ignore = (): void => undefined;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore);
  return () => {
    undo();
    process.off('SIGUSR1', onRequest);
  };
}
