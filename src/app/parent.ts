/** Time to end in order after the process that started us has gone, ms. */
const GRACE_MS = 5000;

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
