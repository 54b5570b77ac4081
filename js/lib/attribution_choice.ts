// What is chosen in the attribution widget, and which maps that asks for. Python's side of the same is
// Attribution._shown of src/convscope/widgets/attribution.py.

import type { Prediction } from "../views/predictions";
import type { Wanted } from "./attribution_calls";
import type { AttributionTraits, MethodInfo, Target } from "./protocol";

/** What the maps depend on. */
export const ASKS = [
  "layer",
  "method",
  "target",
  "compare",
  "image",
  "mode",
  "along",
  "layers",
  "methods",
] as const;
/** What traced positions depend on, beside the layer. */
export const TRACES = ["position", "trace", "earlier", "later"] as const;
const LOOKS = ["opacity", "wipe", "scale", "colormap", "smooth"] as const;
export const CHOICES = [...ASKS, ...TRACES, ...LOOKS] as const;

export type Choice = Pick<AttributionTraits, (typeof CHOICES)[number]>;

/** What does not change while the widget lives. */
export interface About {
  readonly methods: ReadonlyMap<string, MethodInfo>;
  readonly classes: readonly string[];
  /** Layers with maps, as the image passes through them. */
  readonly flow: readonly string[];
}

/** The maps that are shown, the first one first. `guesses` are the likely classes of the image. */
export function wantedMaps(choice: Choice, about: About, guesses: readonly Prediction[]): Wanted[] {
  const { method, target, layer, compare, mode, along } = choice;
  const one = (change: Partial<Pick<Choice, "method" | "target" | "layer">> = {}): Wanted => {
    const { method: name, target: what, layer: where } = { method, target, layer, ...change };
    return [name, what, about.methods.get(name)?.layers ? where : "input"];
  };
  if (mode === "multiples") {
    if (along === "methods") return choice.methods.map((name) => one({ method: name }));
    if (along === "classes") {
      const found = [resolved(target, about, guesses), ...guesses.map(({ index }) => index)];
      return [...new Set(found)].map((each) => one({ target: each }));
    }
    return about.methods.get(method)?.layers
      ? choice.layers.map((name) => one({ layer: name }))
      : [one()];
  }
  if (mode === "difference") {
    const other = otherClass(choice, about, guesses);
    return other === null ? [one()] : [one(), one({ target: other })];
  }
  if (compare === null) return [one()];
  return [one(), one(isMethod(compare, about) ? { method: compare } : { target: compare })];
}

export function isMethod(compare: Target | null, about: About): compare is string {
  return typeof compare === "string" && about.methods.has(compare);
}

/** The class that a target means, so that one class counts once. */
export function resolved(
  target: Target,
  { classes }: About,
  guesses: readonly Prediction[],
): Target {
  if (target === "predicted") return guesses[0]?.index ?? target;
  const index = typeof target === "string" ? classes.indexOf(target) : -1;
  return index >= 0 ? index : target;
}

/** The class that a difference is taken to. */
export function otherClass(
  choice: Choice,
  about: About,
  guesses: readonly Prediction[],
): Target | null {
  if (choice.compare !== null && !isMethod(choice.compare, about)) return choice.compare;
  const first = resolved(choice.target, about, guesses);
  return guesses.find(({ index }) => index !== first)?.index ?? null;
}

/** The layers between which a position is traced: those chosen, else the next ones of the several. */
export function neighbours(choice: Choice, { flow }: About): { earlier: string; later: string } {
  const place = new Map(flow.map((name, i) => [name, i]));
  const at = (name: string): number => place.get(name) ?? -1;
  const here = at(choice.layer);
  const sorted = [...choice.layers].sort((a, b) => at(a) - at(b));
  const fits = (name: string, before: boolean): boolean =>
    name !== "" && at(name) >= 0 && (before ? at(name) < here : at(name) > here);
  return {
    earlier: fits(choice.earlier, true)
      ? choice.earlier
      : (sorted.filter((name) => at(name) < here).at(-1) ?? ""),
    later: fits(choice.later, false)
      ? choice.later
      : (sorted.find((name) => at(name) > here) ?? ""),
  };
}

/** A target in words. */
export function targetWords(target: Target, { classes }: About): string {
  if (typeof target === "string") return target === "predicted" ? "the most likely class" : target;
  return classes[target] ?? `class ${target}`;
}
