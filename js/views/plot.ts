/** A map of many points: moves and zooms at any number, shows pictures where there is room, and says which points are meant. */

import {
  around,
  type Box,
  boxOf,
  type Camera,
  lineToPlane,
  panned,
  type Reach,
  reachOf,
  type Size,
  scaleOf,
  sight,
  toPlane,
  toScreen,
  whole,
  zoomed,
} from "../lib/plane";
import { inPolygon, type PointGrid, pointGrid } from "../lib/point_grid";
import { debounce, frame } from "../lib/schedule";
import type { Thumbnails } from "../lib/thumbnails";
import { cameraFlight } from "./camera_flight";
import { cssOf, fitting, type Painter, rgba } from "./painter";
import type { Colouring, Plot, PlotEvents } from "./plot_contract";
import { plotInput, type Tool } from "./plot_input";
import { type Landed, plotOverlay, type Shown } from "./plot_overlay";
import { pointLook } from "./point_look";
import { canvasPainter } from "./points_canvas";
import { webglPainter } from "./points_webgl";
import { standing } from "./standing";
import { onResize } from "./surface";

const REACH = 10; // pixels round the pointer in which a point is met
const TRAVEL = 700; // ms

export function plot(
  thumbs: () => Thumbnails | null,
  events: PlotEvents,
  signal: AbortSignal,
): Plot {
  const element = document.createElement("div");
  element.className = "plot";
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", "map of points");
  let painter: Painter = webglPainter(element, lost, signal) ?? canvasPainter(signal);
  const overlay = plotOverlay();
  painter.canvas.className = "plot-points";
  overlay.canvas.className = "plot-over";
  overlay.canvas.setAttribute("aria-hidden", "true");
  element.append(painter.canvas, overlay.canvas);
  const named = () => (element.dataset.painter = painter.fast ? "webgl" : "canvas");
  named();
  signal.addEventListener("abort", () => painter.destroy(), { once: true });

  let size: Size = { width: 0, height: 0 };
  let camera: Camera | null = null;
  let xy = new Float32Array();
  let reach: Reach = [1, 1];
  let grid: PointGrid = pointGrid(xy);
  let colouring: Colouring = { codes: new Uint16Array(), palette: [], hidden: new Set() };
  let [share, tool] = [0.5, "move" as Tool];
  let selected = new Set<number>();
  let [hovered, chosen] = [-1, null as number | null];
  let near: readonly number[] = [];
  let landed: Landed | null = null;
  let lasso: readonly number[] = [];
  let shown: readonly number[] = []; // points whose pictures may be shown
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  let [painted, looks] = ["", ""]; // the view and the look that the painter has

  const side = (): number => Math.round(26 + 28 * share);
  const hidden = (i: number): boolean => colouring.hidden.has(colouring.codes[i] ?? 0);
  const looking = (): Camera => camera ?? whole(size, reach);
  const inSight = (margin: number): Box => sight(looking(), size, margin);

  /** The browser took the graphics context away: the processor goes on. */
  function lost(): void {
    const old = painter;
    painter = canvasPainter(signal);
    painter.canvas.className = "plot-points";
    old.canvas.replaceWith(painter.canvas);
    painted = looks = "";
    named();
    void painter.dots({ xy, codes: fitting(colouring.codes, grid.count) });
    map.colour(colouring);
  }

  /** Selected points get a ring, but those that are set aside. */
  const ring = (): void => {
    const points = [...selected];
    painter.select(colouring.hidden.size > 0 ? points.filter((i) => !hidden(i)) : points);
  };

  const draw = frame(() => {
    if (size.width === 0) return;
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
    const camera = looking();
    // A million points take their time: they are drawn anew when they moved, and not for each hover.
    const view = [camera.x, camera.y, camera.zoom, size.width, size.height].join();
    if (view !== painted) painter.view(camera, size);
    painted = view;
    overlay.draw({
      xy,
      camera,
      size,
      pictures: shownPictures(),
      side: side(),
      hovered,
      chosen,
      near,
      landed,
      lasso,
      ink: colour("--cv-text"),
      ground: colour("--cv-bg"),
      accent: colour("--cv-accent"),
    });
  }, signal);

  function shownPictures(): Shown[] {
    const store = thumbs();
    if (!store) return [];
    const found: Shown[] = [];
    for (const point of shown) {
      const thumbnail = store.get(point);
      if (!thumbnail || hidden(point)) continue;
      const paint = colouring.palette[colouring.codes[point] ?? 0];
      found.push({
        point,
        thumbnail,
        colour: paint ? cssOf(paint) : null,
        selected: selected.has(point),
      });
    }
    element.dataset.pictures = String(found.length);
    return found;
  }

  /** Who stands for what is in sight, and how dense that is: after a move, not during one. */
  const settle = debounce(
    () => {
      if (size.width === 0) return;
      look();
      element.dataset.zoom = (looking().zoom / whole(size, reach).zoom).toFixed(1);
      shown = stand();
      thumbs()?.want(shown, "map");
      draw();
    },
    90,
    signal,
  );

  function look(): void {
    const { size: side, opacity } = pointLook(grid.about(...inSight(0)), size);
    const look = `${side.toFixed(1)} ${opacity.toFixed(2)}`;
    if (look !== looks) painter.look(side, opacity);
    looks = look;
  }

  function stand(): number[] {
    if (!thumbs() || share <= 0) return [];
    const scale = scaleOf(looking(), size);
    const room = { box: inSight(side()), side: side() / scale };
    return standing(grid, xy, room, share, (i) => !hidden(i));
  }

  function go(next: Camera): void {
    camera = next;
    draw();
    settle();
  }

  const flight = cameraFlight(looking, go, calm, signal);
  const pan = (dx: number, dy: number): void => {
    flight.stop();
    go(panned(looking(), size, dx, dy));
  };

  const nearest = (x: number, y: number): number => {
    const radius = REACH / scaleOf(looking(), size);
    const [px, py] = toPlane(looking(), size, x, y);
    const picture = shown.find((i) => {
      const [sx, sy] = toScreen(looking(), size, xy[2 * i] ?? 0, xy[2 * i + 1] ?? 0);
      const half = side() / 2;
      return Math.abs(sx - x) <= half && Math.abs(sy - y) <= half && thumbs()?.get(i) && !hidden(i);
    });
    return picture ?? grid.nearest(px, py, radius, (i) => !hidden(i));
  };
  const hover = (point: number, x: number, y: number): void => {
    if (point !== hovered) draw();
    hovered = point;
    element.dataset.hovered = String(point);
    element.classList.toggle("plot-over-point", point >= 0);
    events.hover(point, x, y);
  };
  plotInput(
    element,
    {
      tool: () => tool,
      point: (x, y) => hover(nearest(x, y), x, y),
      leave: () => hover(-1, 0, 0),
      click(x, y, merge) {
        const point = nearest(x, y);
        if (merge === "replace") events.choose(point < 0 ? null : point);
        else if (point >= 0) events.select([point], merge);
      },
      twice: (x, y) => flight.to(zoomed(looking(), size, 2.5, x, y)),
      pan,
      zoom(factor, x, y) {
        flight.stop();
        go(zoomed(looking(), size, factor, x, y));
      },
      lasso(line, done) {
        lasso = done === null ? line : [];
        draw();
        if (done === null) return;
        const inside = inPolygon(grid, xy, lineToPlane(looking(), size, line));
        events.select(
          inside.filter((i) => !hidden(i)),
          done,
        );
      },
      hint: events.hint,
    },
    signal,
  );

  onResize(element, signal, () => {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return;
    size = { width: Math.round(box.width), height: Math.round(box.height) };
    settle();
    draw();
  });

  const map: Plot = {
    element,
    get fast() {
      return painter.fast;
    },
    async points(next, moving) {
      const travels = moving && !calm.matches && next.length === xy.length;
      xy = next as Float32Array<ArrayBuffer>;
      grid = pointGrid(xy);
      reach = reachOf(xy);
      hovered = -1;
      shown = travels ? [] : shown.filter((i) => i < grid.count);
      const codes = fitting(colouring.codes, grid.count);
      if (size.width > 0) look();
      draw();
      await painter.dots({ xy, codes }, travels ? TRAVEL : 0);
      settle();
      draw();
    },
    colour(next) {
      const recoded = next.codes !== colouring.codes;
      colouring = next;
      ring();
      const ground = getComputedStyle(element).getPropertyValue("--cv-bg");
      painter.colours(next.palette, rgba(ground));
      if (recoded && grid.count > 0)
        void painter.dots({ xy, codes: fitting(next.codes, grid.count) });
      settle();
      draw();
    },
    pictures(next) {
      share = next;
      settle();
      draw();
    },
    selection(points) {
      selected = new Set(points);
      ring();
      draw();
    },
    chosen(point, neighbours) {
      [chosen, near] = [point, neighbours];
      draw();
    },
    landed(next) {
      landed = next;
      draw();
    },
    tool(next) {
      tool = next;
      element.dataset.tool = next;
    },
    theme: () => map.colour(colouring),
    zoomBy: (factor) => flight.to(zoomed(looking(), size, factor)),
    panBy: pan,
    fit: () => flight.to(whole(size, reach)),
    goTo(points) {
      if (points.length > 0) flight.to(around(boxOf(xy, points), size));
    },
    redraw: settle,
  };
  return map;
}
