/**
 * Dot products of one vector of 16-bit integers with every row of a matrix, in WebAssembly SIMD: plain
 * JavaScript is some ten times too slow for novelty against a full memory, and floats take twice as long. The
 * module is assembled below, so that it can be read and needs no build tool.
 */

const REGISTERS = 4;
/** Rows and query are zero-padded to a multiple of this: four SIMD registers of eight numbers. */
const BLOCK_NUMBERS = 8 * REGISTERS;
const REGISTER_BYTES = 16;
const PAGE_BYTES = 65536;

/** The subset of the WebAssembly API used here; the ES library of TypeScript has no types for it. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
}
const wasm = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

/** Unsigned LEB128. */
function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of 0..8191, always two bytes. */
const sleb = (value: number) => [(value & 0x7f) | 0x80, value >> 7];
const simd = (opcode: number, ...rest: number[]) => [0xfd, ...uleb(opcode), ...rest];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const i32Const = (value: number) => [0x41, ...sleb(value)];
const I32_ADD = 0x6a;
const I32_SUB = 0x6b;
const I32_LESS_UNSIGNED = 0x49;
const LOOP = [0x03, 0x40];
const BRANCH_IF = [0x0d, 0x00];
const END = 0x0b;
const load = (offset: number) => simd(0x00, 0x04, ...uleb(offset));
const ZERO = simd(0x0c, ...new Array<number>(16).fill(0));
const I32X4_ADD = simd(0xae);
/** Eight products, summed in pairs. */
const I32X4_DOT_I16X8 = simd(0xba);
const lane = (index: number) => simd(0x1b, index);
const I32_STORE = [0x36, 0x02, 0x00];

/** Parameters of the function, then its locals. All pointers are byte offsets. */
const QUERY = 0;
const ROW = 1;
const ROWS_LEFT = 2;
const ROW_BYTES = 3;
const OUT = 4;
const Q = 5;
const QUERY_END = 6;
const SUM = 7;

/** out[r] = Σ query[i] · bank[r][i] for all rows; there must be at least one. */
function functionBody(): number[] {
  const sums = Array.from({ length: REGISTERS }, (_, index) => SUM + index);
  const multiplyBlock = sums.flatMap((sum, index) => [
    ...get(sum),
    ...get(Q),
    ...load(index * REGISTER_BYTES),
    ...get(ROW),
    ...load(index * REGISTER_BYTES),
    ...I32X4_DOT_I16X8,
    ...I32X4_ADD,
    ...set(sum),
  ]);
  const block_bytes = REGISTERS * REGISTER_BYTES;
  const blocks = [
    ...LOOP,
    ...multiplyBlock,
    ...get(ROW),
    ...i32Const(block_bytes),
    I32_ADD,
    ...set(ROW),
    ...get(Q),
    ...i32Const(block_bytes),
    I32_ADD,
    ...tee(Q),
    ...get(QUERY_END),
    I32_LESS_UNSIGNED,
    ...BRANCH_IF,
    END,
  ];
  const total = [
    ...get(OUT),
    ...get(SUM),
    ...sums.slice(1).flatMap((sum) => [...get(sum), ...I32X4_ADD]),
    ...set(SUM),
    ...[0, 1, 2, 3].flatMap((index) => [...get(SUM), ...lane(index)]),
    ...[I32_ADD, I32_ADD, I32_ADD],
    ...I32_STORE,
    ...[...get(OUT), ...i32Const(4), I32_ADD, ...set(OUT)],
  ];
  return [
    ...[...get(QUERY), ...get(ROW_BYTES), I32_ADD, ...set(QUERY_END)],
    ...LOOP,
    ...[...get(QUERY), ...set(Q)],
    ...sums.flatMap((sum) => [...ZERO, ...set(sum)]),
    ...blocks,
    ...total,
    ...[...get(ROWS_LEFT), ...i32Const(1), I32_SUB, ...tee(ROWS_LEFT), ...BRANCH_IF],
    END,
    END,
  ];
}

function moduleBytes(): Uint8Array {
  const I32 = 0x7f;
  const V128 = 0x7b;
  const section = (id: number, bytes: number[]) => [id, ...uleb(bytes.length), ...bytes];
  const locals = [2, 2, I32, REGISTERS, V128];
  const code = [...locals, ...functionBody()];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
    // Imports memory "m" of module "e"; exports function "f".
    ...section(2, [1, 1, 0x65, 1, 0x6d, 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...uleb(code.length), ...code]),
  ]);
}

let compiled: object | null = null;

export interface DotMatrix {
  /** The vector to multiply by, zero-padded. */
  readonly query: Int16Array;
  /** rows × stride, row-major. */
  readonly bank: Int16Array;
  /** Numbers per row: the dimension, padded. */
  readonly stride: number;
  /**
   * Dot products of the query with the first `rows` rows, rows ≥ 1; valid until the next call. They must fit
   * into 32 bits, which holds while the norms of query and rows are below 2^15.5.
   */
  multiply(rows: number): Int32Array;
}

/** A zeroed matrix of `rows` × `dimension` numbers. Memory pages are only committed as rows are written. */
export function createDotMatrix(rows: number, dimension: number): DotMatrix {
  const stride = Math.ceil(dimension / BLOCK_NUMBERS) * BLOCK_NUMBERS;
  const row_bytes = stride * 2;
  const out_at = row_bytes * (rows + 1);
  const memory = new wasm.Memory({ initial: Math.ceil((out_at + rows * 4) / PAGE_BYTES) });
  compiled ??= new wasm.Module(moduleBytes());
  const { f } = new wasm.Instance(compiled, { e: { m: memory } }).exports;
  const multiply = f as (query: number, row: number, rows: number, row_bytes: number, out: number) => void;
  const out = new Int32Array(memory.buffer, out_at, rows);
  return {
    query: new Int16Array(memory.buffer, 0, stride),
    bank: new Int16Array(memory.buffer, row_bytes, rows * stride),
    stride,
    multiply(count: number): Int32Array {
      multiply(0, row_bytes, count, row_bytes, out_at);
      return out;
    },
  };
}
