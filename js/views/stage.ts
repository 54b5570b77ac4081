/** The layer browser's stage: images, inputs, tools, the mosaic and one channel large, kept in step. */

import { toggle } from "../lib/controls";
import { h } from "../lib/dom";
import { channelCount, type Maps, type Reading, readUnit } from "./channels";
import { detail } from "./detail";
import { fillingSize } from "./flow";
import { inputs } from "./inputs";
import { type Full, isVector, type Loaded, largeContent, type Seen } from "./large";
import { mosaic, type Spot } from "./mosaic";
import { fieldBox } from "./receptive";
import { scalebar } from "./scalebar";
import { type Scene, sceneMaker } from "./scene";
import type { Choice, Stage, StageEvents } from "./stage_contract";
import { strip } from "./strip";
import { bringIntoView, onResize } from "./surface";
import { tools } from "./tools";
import { channelWords, layerWords, reducedWords, unitWords } from "./words";

const SIZES = [16, 20, 24, 32, 40, 48, 56, 64, 80, 96, 128, 160, 192] as const;
const USUAL_SIZE = 64;
/** Tiles grow to this by themselves when there are few. */
const LARGEST_SIZE = 128;
/** A layer without places is drawn as small squares. */
const VECTOR_SIZE = 22;

export function stage(
  names: readonly string[],
  first: Choice,
  dark: boolean,
  events: StageEvents,
  signal: AbortSignal,
): Stage {
  const makeScene = sceneMaker();
  let choice = first;
  let isDark = dark;
  let size = 0; // 0 fills the stage
  let anchor: number | null = null;
  let loaded: Loaded | null = null;
  let scene: Scene | null = null;
  let full: Full | null = null;
  let seen: Seen = {
    images: [],
    bitmaps: [],
  };

  const bar = scalebar();
  const images = strip(
    names,
    { choose: (image) => events.choose({ image }), compare, need: events.needThumbnails },
    signal,
  );
  const pictures = inputs(signal);
  const controls = tools(first, { choose: events.choose, zoom }, signal);
  const pairing = toggle({
    label: "compare",
    title: "choose a second image to stand beside the first (shift + click does it too)",
    value: first.compare !== null,
    onChange: setComparing,
    disabled: names.length < 2,
    signal,
  });
  const tiles = mosaic({ hover, choose: open, zoom }, signal);
  const large = detail(
    first.opacity,
    {
      opacity: (opacity) => events.choose({ opacity }),
      hover: hoverLarge,
      position: (position) => events.choose({ position: [...position] }),
      close: () => events.choose({ unit: null, position: null }),
      similar() {
        anchor = choice.unit;
        if (choice.sort === "similarity") refresh();
        else events.choose({ sort: "similarity" });
      },
      search: events.search,
      goTo: ({ image, position }) =>
        events.choose({ image, position: position ? [...position] : null }),
    },
    signal,
  );
  const element = h(
    "div",
    { class: "stage" },
    h("div", { class: "stage-images" }, images.element, pairing.el),
    h(
      "div",
      { class: "stage-main" },
      pictures.element,
      h("div", { class: "stage-maps" }, controls.element, tiles.element),
    ),
    large.element,
  );

  function compare(image: number): void {
    events.choose({ compare: image === choice.image || image === choice.compare ? null : image });
  }

  function setComparing(on: boolean): void {
    images.comparing(on);
    const next = choice.image + 1 < names.length ? choice.image + 1 : choice.image - 1;
    if (on && choice.compare === null && next >= 0) events.choose({ compare: next });
    if (!on && choice.compare !== null) events.choose({ compare: null });
  }

  function open(spot: Spot): void {
    events.choose({ unit: spot.channel, position: [spot.y, spot.x] });
  }

  function zoom(direction: number): void {
    const at = SIZES.findIndex((step) => step >= tileSize());
    size =
      direction === 0
        ? 0
        : (SIZES[Math.min(SIZES.length - 1, Math.max(0, at + direction))] ?? USUAL_SIZE);
    refresh();
  }

  /** Few channels are shown larger. The stage's height counts, not the mosaic's: opening a channel changes no tile. */
  function tileSize(): number {
    if (size > 0 || !loaded || isVector(loaded)) return size || USUAL_SIZE;
    const box = [tiles.element.clientWidth, element.clientHeight - 140] as const;
    const pictures = (loaded.stacks[0]?.shape[0] ?? 1) * loaded.stacks.length;
    return fillingSize(pictures, box, [USUAL_SIZE, LARGEST_SIZE]);
  }

  function refresh(): void {
    if (!loaded) return;
    scene = makeScene(loaded.stacks, { ...choice, anchor, dark: isDark });
    const { layer, stacks } = loaded;
    const maps = stacks[0] as Maps;
    const silent = scene.dead.reduce((a, b) => a + b, 0);
    controls.dead(silent, scene.dead.length);
    tiles.show({
      name: "channels",
      sheets: scene.sheets,
      grid: [maps.shape[1], maps.shape[2]],
      order: scene.order,
      exact: tileSize() > USUAL_SIZE && size === 0,
      size: isVector(loaded)
        ? Math.max(12, Math.round((tileSize() * VECTOR_SIZE) / USUAL_SIZE))
        : tileSize(),
      chosen: choice.unit,
      dead: scene.dead,
      label: `the ${scene.order.length} channels of ${layer.name}, ${silent} of them zero everywhere`,
      describe: (channel) => `channel ${channel}: ${channelWords(maps, channel)}`,
    });
    showDetail();
    rest();
  }

  /** What stands there while nothing is hovered. */
  function rest(): void {
    if (!loaded || !scene) return;
    const maps = loaded.stacks[0] as Maps;
    const { unit, position } = choice;
    const spot =
      unit !== null && unit < channelCount(maps)
        ? { channel: unit, y: position?.[0] ?? 0, x: position?.[1] ?? 0 }
        : null;
    markField(position && spot ? position : null, true);
    const read = spot && position ? reading({ ...spot, picture: 0 }, maps) : null;
    if (spot && read) pointAt(spot.channel, read.value);
    else showBar(spot ? spot.channel : null, null);
    events.say(
      spot && read
        ? unitWords(maps, loaded.layer.rf, spot, read)
        : spot
          ? `channel ${spot.channel} · ${channelWords(maps, spot.channel)}`
          : `${layerWords(loaded.layer, maps)}${reducedWords(maps)}`,
    );
  }

  function markField(unit: readonly [number, number] | null, pinned: boolean): void {
    const rf = loaded?.layer.rf;
    const input = seen.images[0];
    const box =
      rf && unit && input ? fieldBox(rf, unit[0], unit[1], [input.height, input.width]) : null;
    pictures.box(box, pinned);
    large.box(box, pinned);
  }

  /** The value from the channel's full map where that has come, else from the mosaic's. */
  function reading({ channel, y, x, picture }: Spot, maps: Maps): Reading {
    const exact = full?.unit === channel && full.of === loaded?.stacks && full.maps[picture];
    const value = exact ? exact.data[y * exact.width + x] : undefined;
    return value === undefined ? readUnit(maps, channel, y, x) : { value, exact: true };
  }

  function pointAt(channel: number, value: number): void {
    showBar(channel, value);
    if (channel === choice.unit) large.point(value);
  }

  function showBar(channel: number | null, value: number | null): void {
    if (!scene) return;
    const { colour, shared, paint } = scene;
    const domain = shared ?? (channel === null ? null : paint.domain(channel));
    const label = shared
      ? "activation"
      : channel === null
        ? "each channel its own min – max"
        : `channel ${channel}`;
    bar.show({ map: colour, domain, label, value });
  }

  function hover(spot: Spot | null): void {
    const maps = loaded?.stacks[spot?.picture ?? 0];
    if (!loaded || !spot || !maps) {
      rest();
      return;
    }
    markField([spot.y, spot.x], false);
    const read = reading(spot, maps);
    pointAt(spot.channel, read.value);
    const image = loaded.stacks.length > 1 ? ` · image ${"AB"[spot.picture] ?? ""}` : "";
    events.say(unitWords(maps, loaded.layer.rf, spot, read) + image);
  }

  function hoverLarge(unit: readonly [number, number] | null, side: number): void {
    if (unit && choice.unit !== null)
      hover({ channel: choice.unit, y: unit[0], x: unit[1], picture: side });
    else {
      large.point(null);
      rest();
    }
  }

  function focused(): Element | null {
    return (element.getRootNode() as ShadowRoot | Document).activeElement;
  }

  function showDetail(): void {
    const { unit } = choice;
    const maps = loaded?.stacks[0];
    const shown = unit !== null && !!maps && unit < channelCount(maps);
    // Hiding what has the focus would hand the keyboard to the page.
    if (!shown && large.element.contains(focused())) tiles.focusable.focus({ preventScroll: true });
    large.element.hidden = !shown;
    element.classList.toggle("opened", shown);
    if (!shown || unit === null || !loaded || !scene || !maps) return;
    large.show(largeContent(loaded, scene, unit, full, seen, choice.position));
    large.opacity(choice.opacity);
  }

  onResize(element, signal, refresh);

  return {
    element,
    scalebar: bar.element,
    show(next) {
      const before = choice;
      choice = next;
      if (next.sort === "similarity" && before.sort !== "similarity" && anchor === null)
        anchor = next.unit;
      if (next.sort !== "similarity") anchor = null;
      images.select(next.image, next.compare);
      images.comparing(next.compare !== null);
      pairing.value = next.compare !== null;
      controls.show(next, next.sort === "similarity" ? anchor : next.unit);
      refresh();
      if (next.unit !== null && next.unit !== before.unit) tiles.reveal(next.unit);
      if (next.unit !== null && before.unit === null)
        bringIntoView(large.element, element.parentElement);
    },
    layer(next) {
      if (next.layer.name !== loaded?.layer.name)
        anchor = choice.sort === "similarity" ? choice.unit : null;
      loaded = next;
      refresh();
    },
    async inputs(next) {
      const bitmaps = await pictures.show(next);
      seen = { images: next, bitmaps };
      refresh();
    },
    full(channel) {
      full = channel;
      showDetail();
      rest();
    },
    top: large.top,
    thumbnails: images.fill,
    dark(on) {
      isDark = on;
      refresh();
    },
    zoom,
    neighbour(step) {
      if (!scene) return null;
      const at = choice.unit === null ? (step > 0 ? -1 : 0) : scene.order.indexOf(choice.unit);
      return scene.order[Math.min(scene.order.length - 1, Math.max(0, at + step))] ?? null;
    },
    busy(on) {
      element.setAttribute("aria-busy", String(on));
    },
    focus: () => tiles.focusable.focus(),
  };
}
