import type { SageError } from '../contracts/errors.js';
import type { NodeCommand, NodeMessage } from '../contracts/status.js';

/** Time to end in order after the process that started us has gone, ms. */
const GRACE_MS = 5000;
/** Messages to the process that started us that may be under way. */
const UNREAD_MAX = 32;
let unread = 0;

/**
 * Ends this process when the one that started it over an IPC channel has gone, however that happened: first as a
 * SIGTERM would, so that the arm is braked and the model host closed, then without asking. Without a channel (started
 * by hand or by ros2 launch) it does nothing. To be called first of all: the channel may be closed already.
 */
export function endWithParent(): void {
  if (process.send === undefined) return;
  const end = () => {
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  };
  if (process.connected) process.once('disconnect', end);
  else end();
}

/** Tells the process that started this one; nothing where it was started by hand or by ros2 launch. */
export function tell(message: NodeMessage): void {
  if (process.send === undefined || !process.connected) return;
  // A parent that is stopped reads nothing: statuses are left out then, so that the channel does not grow.
  if (message.kind === 'status' && unread > UNREAD_MAX) return;
  unread += 1;
  process.send(message, () => {
    unread -= 1;
  });
}

/** Tells the process that started this one why it ends; false where there is none. */
export function tellFailure({ code, where, detail }: SageError): Promise<boolean> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve(false);
    // Waited for: a process that exits takes with it what has not left yet.
    process.send({ kind: 'failed', code, where, detail } satisfies NodeMessage, (error: Error | null) =>
      resolve(error === null),
    );
  });
}

/**
 * Hears the process that started this one: goals, and that it is to end, be it told, by a signal or by a channel that
 * closes. It may be asked to more than once.
 */
export function hearParent({
  onGoal,
  onEnd,
}: {
  readonly onGoal: (text: string) => void;
  readonly onEnd: () => void;
}): void {
  process.on('message', (command: NodeCommand) => {
    if (command.kind === 'shutdown') onEnd();
    if (command.kind === 'goal') onGoal(command.text);
  });
  if (process.channel !== undefined) process.once('disconnect', onEnd);
  // Not once: ros2 launch passes a Ctrl-C on that the terminal has sent already, and the second must not cut the
  // braking short.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onEnd);
}
