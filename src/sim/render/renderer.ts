import type { RobotModel } from '../../robot/robot-model.js';
import { compose, composeAt, type Transform } from '../../robot/transform.js';
import { BYTE_OF_LINEAR, LINEAR_OF_BYTE, LINEAR_STEPS, type Rgb } from '../scene/colour.js';
import type { SceneLook } from '../scene/look.js';
import type { RenderedFrame, SceneState } from '../scene/state.js';
import { type Background, paintBackground, tableLight } from './background.js';
import { GroundShade } from './ground-shade.js';
import { SensorNoise } from './noise.js';
import { blockPart, handParts, type LinkPart, type Part, robotParts } from './parts.js';
import { VisibilityBuffer } from './rasteriser.js';
import type { ShadowMask } from './shadows.js';
import { TriangleStore } from './triangle-store.js';
import { VertexStage } from './vertex-stage.js';

/** Above this height a shadow is wholly soft, m. */
const SOFT_FROM_M = 0.1;
/** Darkness around the foot of a block, of 255, and how far it reaches, m. */
const FOOT_SHADE = 80;
const FOOT_REACH_M = 0.006;
/** A block whose bottom is lower than this stands on the table, m. */
const STANDS_BELOW_M = 0.006;

export interface RendererOptions {
  readonly model: RobotModel;
  readonly look: SceneLook;
  /** Colour of each block, linear. */
  readonly blocks: readonly Rgb[];
  readonly block_size_m: number;
  readonly noise_seed: number;
}

/**
 * Draws the tabletop world as its camera sees it. The camera does not move, so the table is painted once; a frame is
 * a copy of it, the shadows, and the parts that move. The same state gives the same bytes.
 */
export class TabletopRenderer {
  private readonly width: number;
  private readonly height: number;
  private readonly background: Background;
  private readonly robot: readonly LinkPart[];
  private readonly blocks: readonly Part[];
  private readonly hand: readonly Part[];
  private readonly buffer: VisibilityBuffer;
  private readonly store: TriangleStore;
  private readonly stage: VertexStage;
  private readonly shade: GroundShade;
  private readonly world: Transform = new Float64Array(12);
  private noise: SensorNoise | null = null;
  private exposure: { readonly value: number; readonly bytes: Uint8Array } | null = null;

  constructor(private readonly options: RendererOptions) {
    const { look } = options;
    this.width = look.camera.width;
    this.height = look.camera.height;
    this.background = paintBackground(look);
    this.robot = robotParts(options.model);
    this.blocks = options.blocks.map((albedo, index) => blockPart(options.block_size_m, albedo, index));
    this.hand = handParts(look);
    const parts = [...this.robot, ...this.blocks, ...this.hand];
    const triangles = parts.reduce((sum, part) => sum + part.mesh.triangles.length / 3, 0);
    this.buffer = new VisibilityBuffer(this.width, this.height);
    this.store = new TriangleStore(Math.min(65535, triangles));
    this.stage = new VertexStage(look, Math.max(...parts.map((part) => part.mesh.positions.length / 3)));
    const light = tableLight(look, 0.3, 0);
    const key = look.light.key[1] * look.light.key_direction[2];
    this.shade = new GroundShade(this.width, this.height, (0.95 * key) / light[1]);
  }

  /** Bytes of a frame: 3 · width · height. */
  get frame_bytes(): number {
    return this.width * this.height * 3;
  }

  /**
   * Renders a frame. `noise` is the standard deviation of the sensor noise as a share of full scale; `out` receives
   * the bytes where given; labels cost another millisecond and are made on demand only.
   */
  render(
    state: SceneState,
    noise: number,
    out: Uint8Array = new Uint8Array(this.frame_bytes),
    with_labels = false,
  ): RenderedFrame {
    out.set(this.background.data);
    this.castShadows(state);
    this.shade.applyTo(out, this.background.is_table);
    this.buffer.clear();
    this.store.clear();
    for (const part of this.robot) this.draw(part, state.links, part.link * 12, null);
    for (const [index, part] of this.blocks.entries()) {
      const pose = state.blocks[index];
      if (pose === undefined) continue;
      // a lifted block would lie in its own soft shadow
      this.draw(part, pose, 0, this.stands(pose) ? this.shade.soft : null);
    }
    if (state.hand !== null) for (const part of this.hand) this.draw(part, state.hand, 0, null);
    this.store.resolve(this.buffer, out);
    if (state.exposure !== 1) this.expose(out, state.exposure);
    if (noise > 0) this.noiseOf(noise).addTo(out, state.frame);
    const frame = { width: this.width, height: this.height, data: out };
    if (!with_labels) return frame;
    const classes = new Uint8Array(this.width * this.height);
    const instances = new Uint8Array(this.width * this.height);
    this.store.labelInto(this.buffer, classes, instances);
    return { ...frame, labels: { classes, instances } };
  }

  private draw(part: Part, body: Float64Array, at: number, above: ShadowMask | null): void {
    composeAt(body, at, part.local, 0, this.world, 0);
    this.stage.shade(part, this.world, above);
    this.store.draw(part, this.stage, this.buffer);
  }

  private castShadows(state: SceneState): void {
    this.shade.clear();
    for (const part of this.robot) {
      composeAt(state.links, part.link * 12, part.local, 0, this.world, 0);
      this.castShadow(part, false);
    }
    if (state.hand !== null) {
      for (const part of this.hand) {
        composeAt(state.hand, 0, part.local, 0, this.world, 0);
        this.castShadow(part, false);
      }
    }
    for (const [index, part] of this.blocks.entries()) {
      const pose = state.blocks[index];
      if (pose === undefined) continue;
      this.world.set(pose);
      this.castShadow(part, this.stands(pose));
      this.shadeFoot(pose);
    }
    this.shade.soft.blur();
    this.shade.crisp.blur();
  }

  private castShadow(part: Part, stands: boolean): void {
    const { stage } = this;
    const { soft, crisp } = this.shade;
    stage.castShadow(part, this.world);
    const { triangles } = part.mesh;
    const { screen } = stage;
    for (let i = 0; i < triangles.length; i += 3) {
      const a = triangles[i]! * 3;
      const b = triangles[i + 1]! * 3;
      const c = triangles[i + 2]! * 3;
      if (screen[a + 2]! < 0 || screen[b + 2]! < 0 || screen[c + 2]! < 0) continue;
      const xa = screen[a]!;
      const ya = screen[a + 1]!;
      const xb = screen[b]!;
      const yb = screen[b + 1]!;
      const xc = screen[c]!;
      const yc = screen[c + 1]!;
      // of a closed solid, the triangles that face the light cover its whole shadow
      if ((xb - xa) * (yc - ya) - (xc - xa) * (yb - ya) > 0) continue;
      const height_m = (screen[a + 2]! + screen[b + 2]! + screen[c + 2]!) / 3;
      const low = stands ? 1 : Math.max(0, 1 - height_m / SOFT_FROM_M);
      drawScaled(crisp, xa, ya, xb, yb, xc, yc, Math.round(255 * low));
      drawScaled(soft, xa, ya, xb, yb, xc, yc, Math.round(255 * (1 - low)));
    }
  }

  private stands(pose: Transform): boolean {
    return pose[11]! - this.options.block_size_m / 2 < STANDS_BELOW_M;
  }

  /** Light that does not reach the corner between a standing block and the table. */
  private shadeFoot(pose: Transform): void {
    const half = this.options.block_size_m / 2;
    if (!this.stands(pose)) return;
    const { camera } = this.options.look;
    const reach = half + FOOT_REACH_M;
    const corner = (x: number, y: number): [number, number] => {
      const p = compose(pose, Float64Array.of(1, 0, 0, x, 0, 1, 0, y, 0, 0, 1, -half));
      const [u, v] = this.stage.pixelOf(p[3]!, p[7]!, 0);
      return [Math.min(camera.width, Math.max(0, u)), Math.min(camera.height, Math.max(0, v))];
    };
    const [a, b, c, d] = [
      corner(-reach, -reach),
      corner(reach, -reach),
      corner(reach, reach),
      corner(-reach, reach),
    ];
    drawScaled(this.shade.crisp, ...a, ...b, ...c, FOOT_SHADE);
    drawScaled(this.shade.crisp, ...a, ...c, ...d, FOOT_SHADE);
  }

  private expose(image: Uint8Array, value: number): void {
    if (this.exposure?.value !== value) {
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => {
        const linear = Math.min(1, LINEAR_OF_BYTE[byte]! * value);
        return BYTE_OF_LINEAR[Math.round(linear * (LINEAR_STEPS - 1))]!;
      });
      this.exposure = { value, bytes };
    }
    const { bytes } = this.exposure;
    for (let i = 0; i < image.length; i++) image[i] = bytes[image[i]!]!;
  }

  private noiseOf(share: number): SensorNoise {
    const sigma = share * 255;
    if (this.noise?.sigma !== sigma) {
      this.noise = new SensorNoise(this.options.noise_seed, sigma, this.frame_bytes);
    }
    return this.noise;
  }
}

function drawScaled(
  mask: ShadowMask,
  xa: number,
  ya: number,
  xb: number,
  yb: number,
  xc: number,
  yc: number,
  value: number,
): void {
  if (value === 0) return;
  const k = 1 / mask.scale;
  mask.draw(xa * k, ya * k, xb * k, yb * k, xc * k, yc * k, value);
}
