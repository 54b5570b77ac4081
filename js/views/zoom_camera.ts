/** d3's camera over an element: drag, ctrl + wheel, pinch, double click, and flights from place to place. */

import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import {
  type Camera,
  extentOf,
  fromTransform,
  HOME,
  type Size,
  toTransform,
} from "../lib/atlas_camera";
import { interpolateZoom } from "../lib/flight";

export interface CameraEvents {
  /** Moved by the person (true), or from elsewhere. */
  moved(camera: Camera, byPerson: boolean): void;
  /** The person took hold of it. */
  held(): void;
}

/** Milliseconds of a flight. */
const SHORTEST = 250;
const LONGEST = 2500;

export function zoomCamera(element: HTMLElement, events: CameraEvents, signal: AbortSignal) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let size: Size = { width: 0, height: 0 };
  let camera: Camera = HOME;
  let byPerson = true;
  let flight = 0;

  const behaviour = zoom<HTMLElement, unknown>()
    .clickDistance(5)
    .duration(0) // the double click's; d3's own flights are not in the bundle
    .filter(
      (event: WheelEvent & MouseEvent) =>
        (event.type !== "wheel" || event.ctrlKey || event.metaKey) && !event.button,
    )
    .wheelDelta((event) => {
      const delta = event.deltaY * (event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? 400 : 1);
      // A pinch comes as many small steps, a wheel as few large ones.
      return -delta * (Math.abs(delta) < 40 ? 0.012 : 0.004);
    })
    .on("start", (event: D3ZoomEvent<HTMLElement, unknown>) => {
      if (!event.sourceEvent) return;
      stop();
      element.toggleAttribute("data-moving", true);
      events.held();
    })
    .on("zoom", (event: D3ZoomEvent<HTMLElement, unknown>) => {
      const { k, x, y } = event.transform;
      camera = fromTransform(k, x, y, size);
      events.moved(camera, byPerson);
    })
    .on("end", () => element.toggleAttribute("data-moving", false));
  const selected = select(element).call(behaviour);
  signal.addEventListener(
    "abort",
    () => {
      selected.on(".zoom", null);
      stop();
    },
    { once: true },
  );

  function stop(): void {
    cancelAnimationFrame(flight);
    flight = 0;
  }

  function place(next: Camera, person = false): void {
    if (size.width === 0) {
      camera = next;
      return;
    }
    const [k, x, y] = toTransform(next, size);
    byPerson = person;
    // d3 keeps it within the extents.
    selected.call(behaviour.transform, zoomIdentity.translate(x, y).scale(k) as ZoomTransform);
    byPerson = true;
  }

  function fly(next: Camera, person = true): void {
    stop();
    if (still.matches || size.width === 0) {
      place(next, person);
      return;
    }
    const way = interpolateZoom(
      [camera.x, camera.y, 1 / camera.zoom],
      [next.x, next.y, 1 / next.zoom],
    );
    const length = Math.min(LONGEST, Math.max(SHORTEST, way.duration * 0.6));
    const begun = performance.now();
    const go = (): void => {
      const t = Math.min(1, (performance.now() - begun) / length);
      const [x, y, width] = way(1 - (1 - t) ** 3);
      place(t === 1 ? next : { x, y, zoom: 1 / width }, person);
      flight = t < 1 ? requestAnimationFrame(go) : 0;
    };
    flight = requestAnimationFrame(go);
  }

  return {
    get: () => camera,
    size: () => size,
    still: () => still.matches,
    place,
    fly,
    /** Zoom about the middle. */
    by(factor: number): void {
      const [, most] = behaviour.scaleExtent();
      fly({ ...camera, zoom: Math.min(most, Math.max(1, camera.zoom * factor)) });
    },
    /** The element has another size, or more can be zoomed into: `deepest` is the most. */
    resize(next: Size, deepest: number): void {
      size = next;
      const [x, y, extent] = [next.width / 2, next.height / 2, extentOf(next)];
      behaviour
        .extent([
          [0, 0],
          [next.width, next.height],
        ])
        .scaleExtent([1, deepest])
        .translateExtent([
          [x - extent, y - extent],
          [x + extent, y + extent],
        ]);
      place(camera);
    },
  };
}
