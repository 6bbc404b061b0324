import { type Fault, fault, isFault, messageOf } from '../../contracts/errors.js';
import type { HealthEntry } from '../../contracts/graph.js';
import type { CameraFrame, CameraReading } from '../../contracts/observation.js';
import type { Block, SensorPorts } from '../block.js';
import { cameraInfoSource, cameraPoseSource } from '../camera/calibration.js';
import { decodeImage, LatestOnly } from '../camera/decode.js';
import { EMBEDDING_CHANNELS, embedFrame } from '../camera/embedding.js';
import { FrameLoss } from '../camera/frame-loss.js';
import { FrameMemory } from '../camera/frame-memory.js';
import { checkImage } from '../camera/image-check.js';
import { CdrError, readImage } from '../cdr-reader.js';
import type { CompressedImageMessage, Header, ImageMessage } from '../messages.js';
import type { Subscription } from '../node.js';
import { IMAGE } from '../qos.js';
import { Source } from '../source.js';
import { StampJudge } from '../stamps.js';

const RAW = 'camera/image_raw';
const COMPRESSED = 'camera/image_raw/compressed';
/** How often `auto` looks whether the raw or the compressed image has a publisher, ms. */
const LOOK_MS = 500;

export interface CameraBlock extends Block {
  /** Frames received, and frames that the stamps say were sent and never came. */
  readonly frames: { readonly received: number; readonly lost: number };
  /** Resolves once no image is being decoded. */
  idle(): Promise<void>;
}

/** Reads images, the camera's model and its pose. What is wrong with a frame stands as a fault on `camera`. */
export function cameraBlock(ports: SensorPorts): CameraBlock {
  const pose = cameraPoseSource(ports);
  const info = cameraInfoSource(ports, pose.lookFor);
  const images = new ImageSource(ports, pose.lookFor);
  return {
    frames: images.loss,
    health: () => [images.health(), info.health(), pose.health()],
    close: () => images.close(),
    idle: () => images.idle(),
  };
}

/** The image topic, raw or compressed, up to the reading that goes to the sink. */
class ImageSource {
  readonly source: Source;
  readonly loss = new FrameLoss();
  private readonly memory = new FrameMemory();
  private readonly stamps: StampJudge;
  private readonly decoder: LatestOnly<{ message: CompressedImageMessage; stamp_ms: number }>;
  private raw: Subscription | null = null;
  private compressed: Subscription | null = null;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;
  /** That the pictures are of several cameras, or null. */
  private mixed: Fault | null = null;

  constructor(
    private readonly ports: SensorPorts,
    private readonly onFrame: (frame_id: string) => void,
  ) {
    const { clock, sink, parameters } = ports;
    this.source = new Source('camera', sink, clock, { stale_ms: parameters.camera.stale_ms, required: true });
    this.stamps = new StampJudge(clock);
    this.decoder = new LatestOnly(({ message, stamp_ms }) => this.decode(message, stamp_ms));
    this.subscribe();
  }

  idle(): Promise<void> {
    return this.decoder.idle();
  }

  /** Looks at who publishes, too: pictures of two cameras, or of two simulated worlds, surprise in turns for ever. */
  health(): HealthEntry {
    const [raw, compressed] = [this.raw?.publishers() ?? 0, this.compressed?.publishers() ?? 0];
    const count = Math.max(raw, compressed);
    const told = `${count} publishers on ${raw > 1 ? RAW : COMPRESSED}; their images are mixed`;
    this.mixed = count > 1 ? fault('SAGE_213', 'camera', told) : null;
    return this.source.health();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.decoder.clear();
  }

  private subscribe(): void {
    const { node, parameters } = this.ports;
    const { transport } = parameters.camera;
    if (transport !== 'compressed') {
      this.raw = node.subscribeRaw('sensor_msgs/msg/Image', RAW, IMAGE, (bytes) => this.takeRaw(bytes));
    }
    if (transport === 'compressed') this.subscribeCompressed();
    if (transport === 'auto') {
      const look = node.guard(COMPRESSED, () => this.choose());
      look();
      this.timer = setInterval(look, LOOK_MS);
    }
  }

  private subscribeCompressed(): void {
    const type = 'sensor_msgs/msg/CompressedImage';
    this.compressed = this.ports.node.subscribe<CompressedImageMessage>(type, COMPRESSED, IMAGE, (message) =>
      this.takeCompressed(message),
    );
  }

  /** A driver compresses only for subscribers, so the compressed image is asked for only where it is the only one. */
  private choose(): void {
    const wanted = this.raw?.publishers() === 0 && this.ports.node.countPublishers(COMPRESSED) > 0;
    if (wanted && this.compressed === null) this.subscribeCompressed();
    if (!wanted && this.compressed !== null && this.raw !== null && this.raw.publishers() > 0) {
      this.compressed.close();
      this.compressed = null;
      this.decoder.clear();
    }
  }

  private takeRaw(bytes: Uint8Array): void {
    const message = this.read(bytes);
    if (message === null) return;
    const stamp_ms = this.judge(message.header, RAW);
    if (stamp_ms === null) return;
    const frame = checkImage(message, RAW);
    if (isFault(frame)) this.source.bad(frame);
    else this.deliver(frame, stamp_ms);
    this.memory.keep(bytes);
  }

  private read(bytes: Uint8Array): ImageMessage | null {
    try {
      return readImage(bytes);
    } catch (thrown) {
      if (!(thrown instanceof CdrError)) throw thrown;
      this.source.bad(fault('SAGE_208', RAW, thrown.message));
      return null;
    }
  }

  private takeCompressed(message: CompressedImageMessage): void {
    const stamp_ms = this.judge(message.header, COMPRESSED);
    if (stamp_ms !== null) this.decoder.offer({ message, stamp_ms });
  }

  private async decode(message: CompressedImageMessage, stamp_ms: number): Promise<void> {
    try {
      const frame = await decodeImage(message, COMPRESSED);
      if (this.closed) return;
      if (isFault(frame)) this.source.bad(frame);
      else this.deliver(frame, stamp_ms);
    } catch (thrown) {
      this.source.bad(fault('SAGE_201', COMPRESSED, messageOf(thrown)));
    }
  }

  /** The stamp of a frame to use, null for one that is not. A frame that came is counted whatever it holds. */
  private judge(header: Header, topic: string): number | null {
    const verdict = this.stamps.judge(header.stamp);
    if (verdict.kind === 'jumped') this.source.bad(fault('SAGE_209', topic, verdict.detail));
    if (verdict.kind !== 'good') return null;
    this.loss.count(verdict.stamp_ms);
    return verdict.stamp_ms;
  }

  private deliver(frame: CameraFrame, stamp_ms: number): void {
    const { grid_rows: rows, grid_columns: columns } = this.ports.parameters.camera;
    this.onFrame(frame.frame_id);
    let embedding: Float32Array | null = null;
    const reading: CameraReading = {
      kind: 'camera',
      source: 'camera',
      stamp_ms,
      received_ms: this.ports.clock.now_ms(),
      frame,
      // Made when a cycle looks at the frame: most frames give way to a newer one before.
      get embedding() {
        embedding ??= embedFrame(frame, rows, columns);
        return embedding;
      },
      grid: { rows, columns, channels: EMBEDDING_CHANNELS },
    };
    this.source.good(reading, this.mixed);
  }
}
