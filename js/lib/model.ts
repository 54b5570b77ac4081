// The part of anywidget's front-end model that we use. Other hosts (marimo, our static page) have the same.

type Listener = (...args: never[]) => void;

/** A widget model with traits `T`; `get` and `set` are typed by trait name. */
export interface Model<T extends object> {
  get<K extends keyof T & string>(key: K): T[K];
  set<K extends keyof T & string>(key: K, value: T[K]): void;
  save_changes(): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener?: Listener): void;
  send(content: object, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** What a host gives to `render`. Hosts before anywidget 0.11 give no `signal`. */
export interface RenderProps<T extends object> {
  model: Model<T>;
  el: HTMLElement;
  signal?: AbortSignal;
}

/** Listen to a model event until `signal` aborts. */
export function listen<T extends object>(
  model: Model<T>,
  event: string,
  listener: Listener,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener), { once: true });
}

/** Call `draw` with the value of a trait, now and after each change. */
export function bind<T extends object, K extends keyof T & string>(
  model: Model<T>,
  key: K,
  draw: (value: T[K]) => void,
  signal: AbortSignal,
): void {
  draw(model.get(key));
  listen(model, `change:${key}`, () => draw(model.get(key)), signal);
}

/** Set a trait from a view and tell Python, unless it already has that value. */
export function put<T extends object, K extends keyof T & string>(
  model: Model<T>,
  key: K,
  value: T[K],
): void {
  if (JSON.stringify(model.get(key)) === JSON.stringify(value)) return;
  model.set(key, value);
  model.save_changes();
}
