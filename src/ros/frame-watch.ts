import { openRos } from './context.js';
import { RELIABLE, SENSOR } from './qos.js';

/** Frames between two moments: what the simulated camera says it sent, and what the node says it received. */
export interface FrameCount {
  readonly sent: number;
  readonly received: number;
}

/** Listens to both ends of the simulated camera; `stop` tells what passed since both were first heard. */
export interface FrameWatch {
  /** Null where one of them was never heard. */
  stop(): FrameCount | null;
}

/** Counts on the graph of this process' domain. @throws what openRos throws */
export async function watchFrames(): Promise<FrameWatch> {
  const name = `sage_frame_watch_${process.pid}`;
  const ros = await openRos([], name, () => {});
  const node = ros.createNode(name);
  let sent: number | null = null;
  let first: FrameCount | null = null;
  let last: FrameCount | null = null;
  node.subscribe<{ data: string }>('std_msgs/msg/String', 'sim/ground_truth', SENSOR, ({ data }) => {
    const truth = JSON.parse(data) as { camera: { frames_sent: number } };
    sent = truth.camera.frames_sent;
  });
  const type = 'sage/msg/CycleReport';
  node.subscribe<{ frames_received: bigint }>(type, 'sage/cycle', RELIABLE, ({ frames_received }) => {
    const received = Number(frames_received);
    // Before the first frame the two have not found each other yet.
    if (sent === null || received === 0) return;
    last = { sent, received };
    first ??= last;
  });
  node.spin();
  return {
    stop() {
      ros.close();
      if (first === null || last === null) return null;
      return { sent: last.sent - first.sent, received: last.received - first.received };
    },
  };
}
