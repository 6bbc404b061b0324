/** Shows the steps of set-up: one plain line each with its time, and a moving seconds count on a terminal. */

const clearLine = '\r\u001b[2K';

/** Seconds with one decimal, aligned. */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);

/**
 * @param {NodeJS.WriteStream} stream where the lines go; stderr, so that `--json` output stays clean
 * @param {number} total how many steps there are to do
 */
export function progress(stream, total) {
  let index = 0;
  return {
    /**
     * Shows one step while it runs.
     * @param {string} title
     * @param {() => Promise<void>} work
     */
    async step(title, work) {
      index += 1;
      const label = `set-up ${index}/${total}  ${title}`;
      const start = performance.now();
      const elapsed = () => performance.now() - start;
      const ticker = stream.isTTY
        ? setInterval(() => stream.write(`${clearLine}${label} … ${Math.floor(elapsed() / 1000)} s`), 1000)
        : undefined;
      if (!stream.isTTY) stream.write(`${label} …\n`);
      const finish = (text) => {
        clearInterval(ticker);
        stream.write(`${stream.isTTY ? clearLine : ''}${text}\n`);
      };
      try {
        await work();
        finish(`${label.padEnd(62)} ${seconds(elapsed())}`);
      } catch (error) {
        finish(`${label.padEnd(62)}   failed after ${seconds(elapsed()).trim()}`);
        throw error;
      }
    },
  };
}
