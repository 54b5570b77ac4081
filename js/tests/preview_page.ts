// An AugmentPreview in the page of a test, and the hands that move its controls.

import type { AugmentPreviewTraits, OperationNode } from "../lib/protocol";
import augmentPreview from "../widgets/augment_preview";
import { card } from "./card";
import { fakePreview } from "./fake_pipeline";
import { until } from "./settled";

export async function show(state: Partial<AugmentPreviewTraits> = {}, width = 1100) {
  const fake = await fakePreview(state);
  const { model } = fake;
  const shown = card(augmentPreview, model, width);
  const { find, all, calls } = shown;
  const named = <T extends HTMLElement>(name: string) => find<T>(`[aria-label="${name}"]`);
  const canvas = find<HTMLCanvasElement>(".samples-canvas");
  const number = () => Number(canvas.dataset["drawn"] ?? -1);
  const page = {
    ...fake,
    ...shown,
    named,
    canvas,
    number,
    titles: () => all(".op-name > span:first-child").map((n) => n.textContent),
    said: () => find(".cv-said").textContent ?? "",
  };
  await until(
    () => number() > 0 && calls("distributions").length > 0,
    "the first pictures, and calm",
  );
  return page;
}

export type Page = Awaited<ReturnType<typeof show>>;

export function slide(field: HTMLInputElement, value: number, done = false): void {
  field.valueAsNumber = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (done) field.dispatchEvent(new Event("change", { bubbles: true }));
}

export function pointer(target: HTMLElement, type: string, x: number, y: number): void {
  target.dispatchEvent(
    new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, button: 0, bubbles: true }),
  );
}

/** The values of the first operation as the model has them. */
export function first(page: Page): OperationNode {
  return page.model.get("operations")[0] as OperationNode;
}
