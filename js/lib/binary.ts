// Buffers beside JSON → typed arrays and pictures. The Python side is src/convscope/widgets/_codec.py.

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
} as const;

export type DType = keyof typeof ARRAYS;
export type TypedArray = InstanceType<(typeof ARRAYS)[DType]>;

/** An array of any rank, row by row; `shape` is [] never: scalars come as numbers. */
export interface NdArray<T extends TypedArray = TypedArray> {
  data: T;
  shape: number[];
  dtype: DType;
}

/** An encoded image; size in pixels. */
export interface Picture {
  /** Made when it is asked for: that takes the browser a moment. */
  readonly blob: Blob;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Bytes as they came: JupyterLab gives DataViews into one large message. */
export type Bytes = DataView | ArrayBuffer | Uint8Array;

/** Put buffers back into a message's value. Throws when the message is not well formed. */
export function decode(value: unknown, buffers: readonly Bytes[]): unknown {
  return revive(value as Json, buffers);
}

function revive(value: Json, buffers: readonly Bytes[]): unknown {
  if (Array.isArray(value)) return value.map((item) => revive(item, buffers));
  if (value === null || typeof value !== "object") return value;
  if ("$buffer" in value) return fromBuffer(value, buffers);
  if ("$float" in value) return Number(value.$float);
  if (Array.isArray(value.$map)) {
    return Object.fromEntries(
      (value.$map as [string, Json][]).map(([key, item]) => [key, revive(item, buffers)]),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, revive(item, buffers)]),
  );
}

function fromBuffer(tag: { [key: string]: Json }, buffers: readonly Bytes[]): NdArray | Picture {
  const bytes = buffers[tag.$buffer as number];
  if (!bytes) throw new RangeError(`buffer ${tag.$buffer} is missing from the message`);
  if (typeof tag.mediaType === "string") {
    const part = view(bytes) as Uint8Array<ArrayBuffer>;
    return pictureOf(part, tag.mediaType, tag.width as number, tag.height as number);
  }
  return toArray(bytes, tag.dtype as DType, tag.shape as number[]);
}

export function pictureOf(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
  width: number,
  height: number,
): Picture {
  let blob: Blob | null = null;
  return {
    bytes,
    mediaType,
    width,
    height,
    get blob() {
      blob ??= new Blob([bytes], { type: mediaType });
      return blob;
    },
  };
}

function view(bytes: Bytes): Uint8Array {
  return bytes instanceof ArrayBuffer
    ? new Uint8Array(bytes)
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A typed array over `bytes`: shared where they are aligned for it, copied where not. */
export function toArray(bytes: Bytes, dtype: DType, shape: number[]): NdArray {
  const Type = ARRAYS[dtype];
  if (!Type) throw new TypeError(`unknown dtype ${dtype}`);
  const size = shape.reduce((a, b) => a * b, 1);
  let part = view(bytes);
  if (part.byteLength !== size * Type.BYTES_PER_ELEMENT)
    throw new RangeError(`${part.byteLength} bytes are not ${dtype} [${shape.join(", ")}]`);
  if (part.byteOffset % Type.BYTES_PER_ELEMENT !== 0) part = part.slice();
  return { data: new Type(part.buffer as ArrayBuffer, part.byteOffset, size), shape, dtype };
}
