/** Shows the steps of set-up: one plain line each with its time, and a moving seconds count on a terminal. */

const clearLine = '\r\u001b[2K';

/** Seconds with one decimal, aligned. */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);

/**
 * @param {NodeJS.WriteStream} stream where the lines go; stderr, so that `--json` output stays clean
 * @returns {(label: string, work: () => Promise<void>) => Promise<void>} shows one step while it runs
 */
export function progress(stream) {
  return async (label, work) => {
    const text = `set-up ${label}`;
    const start = performance.now();
    const elapsed = () => performance.now() - start;
    const ticker = stream.isTTY
      ? setInterval(() => stream.write(`${clearLine}${text} … ${Math.floor(elapsed() / 1000)} s`), 1000)
      : undefined;
    if (!stream.isTTY) stream.write(`${text} …\n`);
    const finish = (line) => {
      clearInterval(ticker);
      stream.write(`${stream.isTTY ? clearLine : ''}${line}\n`);
    };
    try {
      await work();
      finish(`${text.padEnd(62)} ${seconds(elapsed())}`);
    } catch (error) {
      finish(`${text.padEnd(62)}   failed after ${seconds(elapsed()).trim()}`);
      throw error;
    }
  };
}
