/** The keys that every picture widget shares. */

export type Command =
  | { readonly kind: "unit" | "layer" | "image" | "zoom"; readonly step: number }
  | { readonly kind: "fit" | "search" | "back" };

/** What a key press asks for; null when it is not one of ours. */
export function command(event: KeyboardEvent): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    return { kind: event.shiftKey ? "image" : "unit", step: event.key === "ArrowRight" ? 1 : -1 };
  }
  return KEYS[event.key] ?? null;
}

const KEYS: Readonly<Record<string, Command>> = {
  ArrowDown: { kind: "layer", step: 1 },
  ArrowUp: { kind: "layer", step: -1 },
  "]": { kind: "image", step: 1 },
  "[": { kind: "image", step: -1 },
  "+": { kind: "zoom", step: 1 },
  "=": { kind: "zoom", step: 1 },
  "-": { kind: "zoom", step: -1 },
  "0": { kind: "fit" },
  "/": { kind: "search" },
  Escape: { kind: "back" },
};
