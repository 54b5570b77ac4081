// A widget model without a host: keeps what was sent, and lets a test answer as Python would.

import type { Model } from "../lib/model";
import type { BaseTraits, CallMessage, ToPython } from "../lib/protocol";

type Listener = (...args: never[]) => void;
type Answer = (params: CallMessage["params"], id: string) => unknown;

export interface FakeModel<T extends object> extends Model<T> {
  /** Every message sent to Python, oldest first. */
  sent: ToPython[];
  /** The state as Python would see it after the last `save_changes`. */
  saved: Partial<T>;
  /** Deliver a message from Python. */
  receive(message: object, buffers?: (DataView | ArrayBuffer)[]): void;
  /** Fire any model event, such as "comm_live_update". */
  emit(event: string, ...args: unknown[]): void;
  /** How many listeners are left (0 after a clean teardown). */
  listeners(): number;
}

const BASE: BaseTraits = { theme: "light", height: 520, _title: "Test", _notice: "", _static: {} };

/**
 * A model with `state` over the base traits. `answers` maps method names to functions; what they
 * return is sent as a result in the next task, what they throw as an error. Others stay unanswered.
 */
export function fakeModel<T extends BaseTraits>(
  state: Omit<T, keyof BaseTraits> & Partial<BaseTraits>,
  answers: Record<string, Answer> = {},
): FakeModel<T> {
  const values = { ...BASE, ...state } as T;
  const dirty: Partial<T> = {};
  const registry = new Map<string, Set<Listener>>();
  const emit = (event: string, ...args: unknown[]) => {
    for (const listener of [...(registry.get(event) ?? [])])
      (listener as (...a: unknown[]) => void)(...args);
  };
  const model: FakeModel<T> = {
    sent: [],
    saved: {},
    get: (key) => values[key],
    set(key, value) {
      if (Object.is(values[key], value)) return;
      values[key] = value;
      dirty[key] = value;
      emit(`change:${key}`);
      emit("change");
    },
    save_changes() {
      Object.assign(model.saved, dirty);
    },
    on(event, listener) {
      if (!registry.has(event)) registry.set(event, new Set());
      registry.get(event)?.add(listener);
    },
    off: (event, listener) => void (listener && registry.get(event)?.delete(listener)),
    send(content) {
      const message = content as ToPython;
      model.sent.push(message);
      const answer = message.kind === "call" ? answers[message.method] : undefined;
      if (message.kind === "call" && answer) setTimeout(() => reply(message, answer));
    },
    receive: (message, buffers = []) => emit("msg:custom", message, buffers),
    emit,
    listeners: () => [...registry.values()].reduce((sum, set) => sum + set.size, 0),
  };
  const reply = async ({ id, params }: CallMessage, answer: Answer) => {
    try {
      const [value, buffers] = pack(await answer(params, id));
      model.receive({ kind: "result", id, value }, buffers);
    } catch (reason) {
      const { name, message } = reason as Error;
      model.receive({ kind: "error", id, value: { type: name, message } });
    }
  };
  return model;
}

/** Put typed arrays (`{data, shape}`) and pictures (`{blob…}` as bytes) into buffers, as _codec.py does. */
export function pack(value: unknown): [unknown, DataView[]] {
  const buffers: DataView[] = [];
  const put = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(put);
    if (item === null || typeof item !== "object") return item;
    const { data, shape, bytes, mediaType, width, height } = item as Record<string, unknown>;
    if (ArrayBuffer.isView(data) && Array.isArray(shape)) {
      const dtype = data.constructor.name.replace("Array", "").toLowerCase();
      return { $buffer: shift(data), dtype, shape };
    }
    if (ArrayBuffer.isView(bytes) && typeof mediaType === "string")
      return { $buffer: shift(bytes), mediaType, width, height };
    return Object.fromEntries(Object.entries(item).map(([key, entry]) => [key, put(entry)]));
  };
  // Hosts give views into one large message at any offset: so do we, at an odd one.
  const shift = (view: ArrayBufferView): number => {
    const copy = new Uint8Array(view.byteLength + 3);
    copy.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), 3);
    return buffers.push(new DataView(copy.buffer, 3)) - 1;
  };
  return [put(value), buffers];
}
