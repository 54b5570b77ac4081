// AugmentPreview: a pipeline of augmentations, edited on the left and drawn on the right.
// The Python side is src/convscope/widgets/augment_preview.py; traits and messages: lib/protocol.ts.

import { card } from "../lib/chrome";
import { listen, type RenderProps } from "../lib/model";
import { mount } from "../lib/mount";
import { nodeAt } from "../lib/operations";
import { type Asked, type Drawn, previewCalls } from "../lib/preview_calls";
import {
  aloneIn,
  CHOICES,
  exactSide,
  FIRST_SIDE,
  LOOKS,
  PICTURES,
  pick,
  sideFor,
} from "../lib/preview_choice";
import { previewLoader } from "../lib/preview_loader";
import type { AugmentPreviewTraits } from "../lib/protocol";
import { openRail } from "../lib/rail";
import { createRpc, RpcError } from "../lib/rpc";
import { later } from "../lib/schedule";
import css from "../styles/augment_preview.css";
import operationStyle from "../styles/operations.css";
import parameterStyle from "../styles/parameters.css";
import range from "../styles/range.css";
import wipe from "../styles/wipe.css";
import { codePanel } from "../views/code_panel";
import { operationRail } from "../views/operation_rail";
import { PREVIEW_HELP } from "../views/preview_help";
import { previewKeys } from "../views/preview_keys";
import { previewStage } from "../views/preview_stage";
import { previewTools } from "../views/preview_tools";

type Traits = AugmentPreviewTraits;
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
  const view = mount(el, [range, wipe, operationStyle, parameterStyle, css], ended, model);
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
  const save = later(() => model.save_changes(), 400, signal);
  let [side, exact] = [FIRST_SIDE, FIRST_SIDE];
  let moving = false;

  const asked = (): Asked => ({ ...pick(model, PICTURES), side: live ? side : undefined });
  const titleOf = ({ path, name }: Drawn): string =>
    nodeAt(model.get("operations"), path)?.title ||
    catalogue.find((entry) => entry.name === name)?.title ||
    name;

  const rail = operationRail(
    { catalogue, editable: model.get("_editable"), live },
    {
      edit(operations, done) {
        moving = !done;
        choose({
          alone: aloneIn(operations, model.get("operations"), model.get("alone")),
          operations,
        });
        moving = false;
      },
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
        exact = exactSide(pixels);
        if (side === sideFor(exact)) return;
        side = sideFor(exact);
        if (live) loader.refresh();
      },
    },
    signal,
  );
  const loader = previewLoader(
    { calls, status, thinks, asked, side: () => (live ? Math.min(side, exact) : undefined) },
    {
      asked: stage.asked,
      pictures: stage.pictures,
      thoughts: stage.thoughts,
      distributions: stage.draws,
    },
    signal,
  );
  const tools = previewTools(pick(model, CHOICES), { names, extras, live }, choose, signal);
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

  /** Traits change here at once, and in Python soon after. */
  function choose(change: Partial<Traits>): void {
    for (const [key, value] of Object.entries(change))
      model.set(key as keyof Traits, value as never);
    save();
  }

  previewKeys(
    view.root,
    {
      undo: rail.undo,
      redo: rail.redo,
      roll: tools.roll,
      sample: (step) => choose({ held: stage.neighbour(step) }),
      image: tools.step,
      back: () => choose({ held: null, alone: null }),
      add() {
        openRail(frame);
        rail.openMenu();
      },
    },
    signal,
  );

  const on = (keys: readonly (keyof Traits & string)[], act: () => void): void => {
    for (const key of keys) listen(model, `change:${key}`, act, signal);
  };
  const showList = (): void => rail.show(model.get("operations"), model.get("alone"));
  on(["operations", "alone"], showList);
  on(LOOKS, () => stage.show(pick(model, LOOKS)));
  on(CHOICES, () => tools.show(pick(model, CHOICES)));
  on(PICTURES, () => loader.refresh(moving));
  on(["operations", "seed"], code.changed);
  showList();
  tools.show(pick(model, CHOICES));
  loader.refresh();
  return view.dispose;
}

export default { render };
