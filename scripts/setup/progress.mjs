/** Shows what is under way: one plain line each with its time, and a moving seconds count on a terminal. */

const clearLine = '\r\u001b[2K';

/** Seconds with one decimal, aligned. */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);

/**
 * @param {NodeJS.WriteStream} stream where the lines go; stderr, so that `--json` output stays clean
 * @returns {<T>(label: string, work: () => Promise<T>) => Promise<T>} shows one thing while it runs; several may run at
 *   a time
 */
export function progress(stream) {
  /** @type {Map<string, number>} what runs, since when */
  const running = new Map();
  let ticker;
  const draw = () => {
    const line = [...running].map(
      ([text, start]) => `${text} … ${Math.floor((performance.now() - start) / 1000)} s`,
    );
    stream.write(`${clearLine}${line.join(' | ').slice(0, (stream.columns ?? 80) - 1)}`);
  };
  const finish = (text, line) => {
    running.delete(text);
    if (running.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
    stream.write(`${stream.isTTY ? clearLine : ''}${line}\n`);
  };
  return async (label, work) => {
    const text = `set-up ${label}`;
    const start = performance.now();
    running.set(text, start);
    if (!stream.isTTY) stream.write(`${text} …\n`);
    else ticker ??= setInterval(draw, 1000);
    try {
      const result = await work();
      finish(text, `${text.padEnd(62)} ${seconds(performance.now() - start)}`);
      return result;
    } catch (error) {
      finish(text, `${text.padEnd(62)}   failed after ${seconds(performance.now() - start).trim()}`);
      throw error;
    }
  };
}
