// The way from one view to another that looks shortest: out, across, and in again.
// Source: van Wijk and Nuij (2003), Smooth and efficient zooming and panning.

/** Middle of the view, and its width. */
export type Place = readonly [x: number, y: number, width: number];

/** The paper's trade between zooming and panning, which its readers liked best. */
const RHO = Math.SQRT2;

export interface Flight {
  (t: number): [number, number, number];
  /** How long it seems, in milliseconds. */
  readonly duration: number;
}

/** Named as in d3-interpolate, whose place it takes in the bundle (build.mjs): d3-color comes with that. */
export function interpolateZoom([x0, y0, w0]: Place, [x1, y1, w1]: Place): Flight {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const away = Math.hypot(dx, dy);
  if (away < 1e-6 * Math.min(w0, w1)) {
    const length = Math.log(w1 / w0) / RHO;
    const straight = (t: number): [number, number, number] => [
      x0 + t * dx,
      y0 + t * dy,
      w0 * Math.exp(RHO * t * length),
    ];
    return Object.assign(straight, { duration: Math.abs(length) * 1000 * (RHO / Math.SQRT2) });
  }
  const turn = (w: number, sign: number): number => {
    const b = (w1 ** 2 - w0 ** 2 + sign * RHO ** 4 * away ** 2) / (2 * w * RHO ** 2 * away);
    return Math.log(Math.sqrt(b * b + 1) - b);
  };
  const [r0, r1] = [turn(w0, 1), turn(w1, -1)];
  const length = (r1 - r0) / RHO;
  const way = (t: number): [number, number, number] => {
    const r = RHO * t * length + r0;
    const along = (w0 / (RHO ** 2 * away)) * (Math.cosh(r0) * Math.tanh(r) - Math.sinh(r0));
    return [x0 + along * dx, y0 + along * dy, (w0 * Math.cosh(r0)) / Math.cosh(r)];
  };
  return Object.assign(way, { duration: Math.abs(length) * 1000 * (RHO / Math.SQRT2) });
}
