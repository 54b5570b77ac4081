// AugmentPreview: a pipeline of augmentations, edited on the left and drawn on the right.
// The Python side is src/convscope/widgets/augment_preview.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { isTyping } from "../lib/dom";
import { listen, type Model, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import { nodeAt } from "../lib/operations";
import { type Asked, type Drawn, previewCalls } from "../lib/preview_calls";
import { previewLoader } from "../lib/preview_loader";
import type { AugmentPreviewTraits } from "../lib/protocol";
import { openRail } from "../lib/rail";
import { createRpc, RpcError } from "../lib/rpc";
import { later } from "../lib/schedule";
import css from "../styles/augment_preview.css";
import range from "../styles/range.css";
import wipe from "../styles/wipe.css";
import { codePanel } from "../views/code_panel";
import { command } from "../views/keys";
import { operationRail } from "../views/operation_rail";
import { PREVIEW_HELP } from "../views/preview_help";
import { previewStage } from "../views/preview_stage";
import { previewTools } from "../views/preview_tools";

type Traits = AugmentPreviewTraits;
const PICTURES = ["operations", "seed", "samples", "mode", "image", "alone"] as const;
const LOOKS = ["held", "wipe", "show_masks", "show_boxes"] as const;
/** Sides of tiles that are asked for, in pixels: few, so that a resized window asks seldom. */
const SIDES = [96, 128, 160, 192, 224, 288, 352, 448, 560] as const;

function pick<K extends keyof Traits & string>(model: Model<Traits>, keys: readonly K[]) {
  return Object.fromEntries(keys.map((key) => [key, model.get(key)])) as Pick<Traits, K>;
}

/** Another pipeline may come with another catalogue: the view is then made anew. */
function render(props: RenderProps<Traits>): () => void {
  const ended = new AbortController();
  let dispose = show(props);
  const again = () => {
    dispose();
    dispose = show(props);
  };
  const stop = () => {
    ended.abort();
    dispose();
  };
  listen(props.model, "change:_catalogue", again, ended.signal);
  props.signal?.addEventListener("abort", stop, { once: true, signal: ended.signal });
  return stop;
}

function show({ model, el, signal: ended }: RenderProps<Traits>): () => void {
  const view = mount(el, [range, wipe, css], ended, model);
  const { signal } = view;
  const rpc = createRpc(model, signal);
  const frame = card(view, { model, rpc, help: PREVIEW_HELP, rail: "Operations" });
  const { status } = frame;
  const live = rpc.state() !== "static";
  const catalogue = model.get("_catalogue");
  const names = model.get("_images").map(({ name }) => name);
  const extras = model.get("_extras");
  const thinks = extras.includes("scope");
  const calls = previewCalls(rpc);
  // Later than the pictures: the kernel does one thing after the other.
  const save = later(() => model.save_changes(), 250, signal);
  let side: number = SIDES[4];

  const asked = (): Asked => ({ ...pick(model, PICTURES), side: live ? side : undefined });
  const titleOf = ({ path, name }: Drawn): string =>
    nodeAt(model.get("operations"), path)?.title ||
    catalogue.find((entry) => entry.name === name)?.title ||
    name;

  const rail = operationRail(
    { catalogue, editable: model.get("_editable"), live },
    {
      edit: (operations) => choose({ operations, ...spared(operations) }),
      alone: (path) => choose({ alone: path && [...path] }),
      say: status.say,
    },
    signal,
  );
  const stage = previewStage(
    { names, catalogue, thinks, title: titleOf },
    pick(model, LOOKS),
    {
      hold: (held) => choose({ held }),
      wipe: (wipe) => choose({ wipe }),
      say: status.say,
      distributions: rail.distributions,
      side(pixels) {
        const wanted = pixels * Math.max(1, globalThis.devicePixelRatio || 1);
        const next = SIDES.find((step) => step >= wanted) ?? SIDES[SIDES.length - 1] ?? side;
        if (next === side) return;
        side = next;
        if (live) loader.refresh();
      },
    },
    signal,
  );
  const loader = previewLoader(
    { calls, status, thinks, asked },
    {
      asked: stage.asked,
      pictures: stage.pictures,
      thoughts: stage.thoughts,
      distributions: stage.draws,
    },
    signal,
  );
  const tools = previewTools(toolChoice(), { names, extras, live }, choose, signal);
  const code = codePanel(
    model.get("_targets"),
    {
      code: (target) =>
        calls.code(asked(), target).catch((reason) => ({
          error: reason instanceof RpcError ? reason.message : String(reason),
        })),
      say: status.say,
    },
    signal,
  );
  frame.rail.append(rail.element);
  frame.tools.append(code.opener);
  frame.stage.append(tools.element, stage.element, code.element);

  function toolChoice() {
    return pick(model, ["mode", "image", "samples", "seed", "show_masks", "show_boxes"]);
  }

  /** An operation that is not there any more cannot be shown alone. */
  function spared(operations: Traits["operations"]): Partial<Traits> {
    const alone = model.get("alone");
    if (!alone) return {};
    const same = nodeAt(operations, alone)?.name === nodeAt(model.get("operations"), alone)?.name;
    return same ? {} : { alone: null };
  }

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Traits>): void {
    const { alone, ...rest } = change;
    if (alone !== undefined) model.set("alone", alone);
    for (const [key, value] of Object.entries(rest)) model.set(key as keyof Traits, value as never);
    save();
  }

  view.root.addEventListener(
    "keydown",
    (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isText(event)) {
        event.preventDefault();
        event.stopPropagation();
        if (event.shiftKey) rail.redo();
        else rail.undo();
        return;
      }
      if (isTyping(event)) return;
      if (event.key === "d") tools.roll();
      const wanted = command(event);
      if (!wanted) return;
      if (wanted.kind === "unit") choose({ held: stage.neighbour(wanted.step) });
      else if (wanted.kind === "image") tools.step(wanted.step);
      else if (wanted.kind === "back") choose({ held: null, alone: null });
      else if (wanted.kind === "search") {
        openRail(frame);
        rail.openMenu();
      } else return;
      event.preventDefault();
    },
    { signal },
  );

  const on = (keys: readonly (keyof Traits & string)[], act: () => void): void => {
    for (const key of keys) listen(model, `change:${key}`, act, signal);
  };
  const showList = (): void => rail.show(model.get("operations"), model.get("alone"));
  on(["operations", "alone"], showList);
  on(LOOKS, () => stage.show(pick(model, LOOKS)));
  on(["mode", "image", "samples", "seed", "show_masks", "show_boxes"], () =>
    tools.show(toolChoice()),
  );
  on(PICTURES, loader.refresh);
  on(["operations", "seed"], code.changed);
  showList();
  tools.show(toolChoice());
  loader.refresh();
  return view.dispose;
}

function isText(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && ["search", "number", "text"].includes(target.type))
  );
}

export default { render };
