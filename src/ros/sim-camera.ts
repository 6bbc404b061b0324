import { CameraStream, TRUNCATED_SHARE } from '../sim/camera-stream.js';
import { RenderThread, type ThreadFrame } from '../sim/render-thread.js';
import type { TabletopWorld } from '../sim/world.js';
import { setStamp } from './cdr.js';
import type { Stamp } from './messages.js';
import type { Publisher } from './node.js';
import { cameraInfoCdr, imagePrefix } from './sim-messages.js';

export interface CameraTotals {
  frames_sent: number;
  /** Left out because a fault asked for it. */
  frames_dropped: number;
  /** Left out because the one before was still being drawn. */
  frames_late: number;
  render_ms_mean: number;
}

/** The camera of the world on the graph: images drawn on a thread of their own and published from this one. */
export class SimCamera {
  readonly totals: CameraTotals = { frames_sent: 0, frames_dropped: 0, frames_late: 0, render_ms_mean: 0 };
  /** Stamp of the first frame that showed the hand that is, or was last, in the scene, s; null before. */
  hand_stamp_s: number | null = null;
  private readonly thread: RenderThread;
  private readonly stream: CameraStream;
  private readonly info: Buffer;
  private last: Buffer | null = null;
  private last_stamp: Stamp = { sec: 0, nanosec: 0 };
  private hand_shown = false;

  constructor(
    private readonly world: TabletopWorld,
    private readonly image: Publisher<Buffer>,
    private readonly cameraInfo: Publisher<Buffer>,
    onError: (error: Error) => void,
  ) {
    const { width, height } = world.camera;
    const bytes = width * height * 3;
    const { seed, blocks = 4, own } = world.options;
    const setup = { seed, blocks, ...(own === undefined ? {} : { own }) };
    this.thread = new RenderThread(setup, imagePrefix(width, height, bytes), bytes, onError);
    this.stream = new CameraStream(seed);
    this.info = cameraInfoCdr(world.camera);
  }

  /** A frame is due at `stamp`. */
  tick(stamp: Stamp): void {
    const fate = this.stream.next(this.world.faults, this.world.time_s);
    if (fate.kind === 'drop') this.totals.frames_dropped++;
    else if (fate.kind === 'repeat') this.repeat(fate.new_stamp ? stamp : this.last_stamp);
    else {
      this.noticeHand(stamp);
      const { truncated } = fate;
      const asked = this.thread.render(this.world.state(), this.world.faults.noise, (frame) =>
        this.send(frame, stamp, truncated),
      );
      if (!asked && this.thread.ready) this.totals.frames_late++;
    }
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private send({ message, render_ms }: ThreadFrame, stamp: Stamp, truncated: boolean): void {
    setStamp(message, stamp);
    this.last = message;
    this.last_stamp = stamp;
    this.publish(truncated ? this.shortened(message) : message, stamp);
    this.totals.render_ms_mean += (render_ms - this.totals.render_ms_mean) / this.totals.frames_sent;
  }

  private repeat(stamp: Stamp): void {
    if (this.last === null) return;
    setStamp(this.last, stamp);
    this.publish(this.last, stamp);
  }

  private publish(message: Buffer, stamp: Stamp): void {
    setStamp(this.info, stamp);
    this.totals.frames_sent++;
    this.image.publish(message);
    this.cameraInfo.publish(this.info);
  }

  /** The image as a driver sends it that lost the end of a transfer: its size says more than there is. */
  private shortened(message: Buffer): Buffer {
    const { width, height } = this.world.camera;
    const bytes = Math.floor(width * height * 3 * TRUNCATED_SHARE);
    const prefix = imagePrefix(width, height, bytes);
    const short = Buffer.concat([prefix, message.subarray(prefix.length, prefix.length + bytes)]);
    setStamp(short, this.last_stamp);
    return short;
  }

  private noticeHand(stamp: Stamp): void {
    const shown = this.world.hand_visible;
    if (shown && !this.hand_shown) this.hand_stamp_s = stamp.sec + stamp.nanosec / 1e9;
    this.hand_shown = shown;
  }
}
