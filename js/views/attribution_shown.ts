/** From what was chosen and found to what is drawn and said: maps with their names, colours and words. */

import type { FoundMap, Sanity, Unfound } from "../lib/attribution_calls";
import {
  type About,
  type Choice,
  isMethod,
  resolved,
  targetWords,
} from "../lib/attribution_choice";
import { number } from "../lib/format";
import type { Target } from "../lib/protocol";
import type { ChannelMap } from "./channels";
import { type Colours, coloursOf, lessOther } from "./map_colours";
import type { LargeMap } from "./map_large";
import type { TileMap } from "./map_tiles";
import type { Prediction } from "./predictions";

export type Found = FoundMap | Unfound;

export interface Shown {
  readonly choice: Choice;
  readonly about: About;
  readonly found: readonly Found[];
  readonly guesses: readonly Prediction[];
  /** The image's name. */
  readonly image: string;
  readonly dark: boolean;
}

export function foundMaps({ found }: Pick<Shown, "found">): FoundMap[] {
  return found.filter((each) => "map" in each);
}

/** `Grad-CAM of layer4 for tabby`. */
export function mapLabel(each: FoundMap, about: About): string {
  const method = about.methods.get(each.method)?.title ?? each.method;
  return `${method}${each.layer === "input" ? "" : ` of ${each.layer}`} for ${each.name}`;
}

/** What tells a map from those beside it. */
function mapName(each: FoundMap, { choice, about }: Shown): string {
  const several = choice.mode === "multiples";
  if (several && choice.along === "layers") return each.layer;
  const byMethod = several ? choice.along === "methods" : isMethod(choice.compare, about);
  return byMethod ? (about.methods.get(each.method)?.title ?? each.method) : each.name;
}

/** The maps that lie over the image: one, two to wipe between, or a difference. */
export function largeMaps(shown: Shown): LargeMap[] {
  const { choice, about, dark } = shown;
  const maps = foundMaps(shown);
  const [one, other] = maps;
  if (!one) return [];
  if (choice.mode === "difference") {
    if (!other) return [];
    const map = lessOther(one.map, other.map);
    const [colours] = coloursOf([map], { shared: false, colormap: "diverging", dark });
    const label = `${mapLabel(one, about)} less ${other.name}`;
    return [{ ...(colours as Colours), map, name: `${one.name} − ${other.name}`, label }];
  }
  const colours = coloursOf(
    maps.map(({ map }) => map),
    { shared: choice.scale !== "own", colormap: choice.colormap, dark },
  );
  return maps.map((each, i) => ({
    ...(colours[i] as Colours),
    map: each.map,
    name: mapName(each, shown),
    label: mapLabel(each, about),
  }));
}

/** The maps side by side, and the scale that they share, if they do. */
export function tileMaps(shown: Shown): { tiles: TileMap[]; shared: Colours | null } {
  const { choice, about, found, dark } = shown;
  const { scale, along, colormap } = choice;
  const shared = scale === "shared" || (scale === "auto" && along === "classes");
  const colours = coloursOf(
    foundMaps(shown).map(({ map }) => map),
    { shared, colormap, dark },
  );
  let at = 0;
  const tiles = found.map((each, i): TileMap => {
    if ("error" in each) {
      const names = along === "layers" ? choice.layers : choice.methods;
      return { name: names[i] ?? "", label: "", chosen: false, map: null, trouble: each.error };
    }
    return {
      name: mapName(each, shown),
      label: mapLabel(each, about),
      chosen: isChosen(choiceOf(each, shown), shown),
      map: { ...(colours[at++] as Colours), map: each.map },
      trouble: "",
    };
  });
  return { tiles, shared: shared ? (colours[0] ?? null) : null };
}

/** What choosing a map among several chooses. */
export function choiceOf(each: FoundMap, { choice }: Shown): Partial<Choice> {
  if (choice.along === "layers") return { layer: each.layer };
  if (choice.along === "methods") return { method: each.method };
  return { target: each.index >= 0 ? each.index : each.name };
}

export function isChosen(change: Partial<Choice>, { choice, about, guesses }: Shown): boolean {
  return Object.entries(change).every(([key, value]) => {
    const now = choice[key as keyof Choice];
    return value === (key === "target" ? resolved(now as Target, about, guesses) : now);
  });
}

/** A map beside that of a copy with shuffled weights; each on its own scale, since their sizes differ. */
export function sanityMaps(
  one: FoundMap,
  found: Sanity,
  { choice, about, dark }: Shown,
): { found: Sanity; before: LargeMap; after: LargeMap } {
  const [before, after] = [one.map, found.map].map((map, i): LargeMap => {
    const [colours] = coloursOf([map], { shared: false, colormap: choice.colormap, dark });
    const label = `${mapLabel(one, about)}${i ? ", weights shuffled" : ""}`;
    return { ...(colours as Colours), map, name: "", label };
  }) as [LargeMap, LargeMap];
  return { found, before, after };
}

/** What stands in the status line while nothing is pointed at. */
export function restWords(shown: Shown): string {
  const { choice, about, found, guesses } = shown;
  const [one, other] = foundMaps(shown);
  if (!one) {
    const trouble = found.find((each) => "error" in each);
    return trouble && "error" in trouble ? trouble.error : "";
  }
  if (choice.mode === "multiples") {
    if (choice.along === "classes") return `the likely classes of ${shown.image}`;
    const what = targetWords(resolved(choice.target, about, guesses), about);
    return `what each of ${found.length} ${choice.along} finds of ${what}`;
  }
  const label = mapLabel(one, about);
  if (choice.mode === "difference")
    return other
      ? `${label} less ${other.name}: red where more of the first was found, blue of the second`
      : "A difference needs a second class: choose one with “vs”.";
  const beside = other ? ` and ${mapName(other, shown)}` : "";
  return `${label}${beside} · score ${number(one.score)}`;
}

export function valueWords(
  label: string,
  { data, width }: ChannelMap,
  [row, column]: readonly [number, number],
): string {
  const value = data[row * width + column] ?? Number.NaN;
  return `${number(value)} at row ${row}, column ${column} · ${label}`;
}
