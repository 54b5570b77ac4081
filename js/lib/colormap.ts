/** Colour maps as 256-entry tables: magma and viridis exactly as matplotlib draws them, grey, and a diverging blue–white–red. */

export type ColorMap = "magma" | "viridis" | "grey" | "diverging";
export type ColorChoice = ColorMap | "auto";
/** The values that the first and the last colour stand for. */
export type Domain = readonly [lo: number, hi: number];
/** 256 colours packed as little-endian RGBA, so that one write paints one pixel. */
export type Lut = Uint32Array;

export const COLOR_CHOICES: readonly ColorChoice[] = [
  "auto",
  "magma",
  "viridis",
  "grey",
  "diverging",
];

// 768 bytes each: r, g, b of 256 entries (matplotlib, CC0), base64.
const MAGMA =
  "AAADAAAEAAAGAQAHAQEJAQELAgINAgIPAwMRBAMTBAQVBQQXBgUZBwUbCAYdCQcfCgciCwgkDAkmDQooDgoqDwssEAwvEQwxEg0zFA01FQ44Fg46Fw88GA8/GhBBGxBEHBBGHhBJHxFLIBFNIhFQIxFSJRFVJhFXKBFZKhFcKxFeLRBgLxBiMBBlMhBnNBBoNQ9qNw9sOQ9uOw9vPA9xPg9yQA9zQg90Qw91RQ92Rw93SBB4ShB5SxB5TRF6TxF7UBJ7UhJ8UxN8VRN9VxR9WBV+WhV+WxZ+XRd+Xhd/YBh/YRh/Yxl/ZRqAZhqAaBuAaRyAaxyAbB2Abh6Bbx6BcR+Bcx+BdCCBdiGBdyGBeSKBeiKBfCOBfiSBfySBgSWBgiWBhCaBhSaBhyeBiSiBiiiBjCmAjSmAjyqAkSqAkiuAlCuAlSyAlyx/mS1/mi1/nC5/ni5+ny9+oS9+ozB+pDB9pjF9pzF9qTJ8qzN8rDN7rjR7sDR7sTV6szV6tTZ5tjZ5uDd4uTd4uzh3vTl3vjl2wDp1wjp1wzt0xTx0xjxzyD1yyj5yyz5xzT9wzkBw0EFv0UJu00Jt1ENt1kRs10Vr2UZq2kdp3Ehp3Ulo3kpn4Etm4Uxm4k1l5E5k5VBj5lFi51Ji6FRh6lVg61Zg7Fhf7Vlf7lte7l1d715d8GBd8WFc8mNc82Vc82db9Ghb9Wpb9Wxb9m5b9nBb93Fb93Nc+HVc+Hdc+Xlc+Xtd+X1d+n9e+oBe+oJf+4Rg+4Zg+4hh+4pi/Ixj/I5j/JBk/JJl/JNm/ZVn/Zdo/Zlp/Ztq/Z1r/Z9s/aFu/aJv/aRw/qZx/qhz/qp0/qx1/q52/q94/rF5/rN7/rV8/rd9/rl//ruA/ryC/r6D/sCF/sKG/sSI/saJ/seL/smN/suO/c2Q/c+S/dGT/dKV/dSX/daY/dia/dqc/dyd/d2f/d+h/eGj/OOl/OWm/Oao/Oiq/Oqs/Oyu/O6w/PCx/PGz/PO1/PW3+/e5+/m7+/q9+/y/";
const VIRIDIS =
  "RAFURAJVRANXRQVYRQZaRQhbRglcRgteRgxfRg5hRw9iRxFjRxJlRxRmRxVnRxZpRxhqSBlrSBpsSBxuSB1vSB5wSCBxSCFySCJzSCN0RyV1RyZ2Ryd3Ryh4Ryp5Ryt6Ryx7Ri18Ri98RjB9RjF+RTJ/RTR/RTWARTaBRDeBRDmCQzqDQzuDQzyEQj2EQj6FQkCFQUGGQUKGQEOHQESHP0WHP0eIPkiIPkmJPUqJPUuJPUyJPE2KPE6KO1CKO1GKOlKLOlOLOVSLOVWLOFaLOFeMN1iMN1mMNlqMNluMNVyMNV2MNF6NNF+NM2CNM2GNMmKNMmONMWSNMWWNMWaNMGeNMGiNL2mNL2qNLmuOLmyOLm2OLW6OLW+OLHCOLHGOLHKOK3OOK3SOKnWOKnaOKneOKXiOKXmOKHqOKHqOKHuOJ3yOJ32OJ36OJn+OJoCOJoGOJYKOJYONJISNJIWNJIaNI4eNI4iNI4mNIomNIoqNIouNIYyNIY2MIY6MII+MIJCMIJGMH5KMH5OLH5SLH5WLH5aLHpeKHpiKHpmKHpmKHpqJHpuJHpyJHp2IHp6IHp+IHqCHH6GHH6KGH6OGIKSFIKWFIaaFIaeEIqeEI6iDI6mCJKqCJauBJqyBJ62AKK5/Ka9/KrB+K7F9LLF9LrJ8L7N7MLR6MrV6M7Z5Nbd4Nrh3OLl2Obl2O7p1Pbt0PrxzQL1yQr5xRL5wRb9vR8BuScFtS8JsTcJrT8NpUcRoU8VnVcZmV8ZlWcdkW8hiXslhYMlgYspfZMtdZ8xcacxba81Zbc5YcM5Wcs9VdNBUd9BSedFRfNJPftJOgdNMg9NLhtRJiNVHi9VGjdZEkNZDktdBldc/l9g+mtg8ndk6n9k4oto3pdo1p9szqtsyrdwwr9wust0std0rt90put4nvd4mv98kwt8ixd8hx+AfyuAezeAdz+Ec0uEb1OEa1+IZ2uIY3OIY3+MY4eMY5OMY5+QZ6eQZ7OQa7uUb8eUc8+Ue9uYf+OYh+uYi/eck";
// ColorBrewer's RdBu, reversed: eleven anchors from blue over near-white to red.
const DIVERGING = "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f";

const LUTS: Readonly<Record<ColorMap, Lut>> = {
  magma: decode(MAGMA),
  viridis: decode(VIRIDIS),
  grey: Uint32Array.from({ length: 256 }, (_, i) => pack(i, i, i)),
  diverging: interpolate(DIVERGING.split(" ")),
};

/** The 256 colours of a map. Shared: do not write into it. */
export function lut(map: ColorMap): Lut {
  return LUTS[map];
}

/** What "auto" stands for: signed data diverge; magnitudes are magma on dark ground and viridis on light. */
export function resolve(choice: ColorChoice, about: { signed: boolean; dark: boolean }): ColorMap {
  if (choice !== "auto") return choice;
  if (about.signed) return "diverging";
  return about.dark ? "magma" : "viridis";
}

/** The domain that a map draws: a diverging one is centred at zero, all others span the data. */
export function domainFor(map: ColorMap, lo: number, hi: number): Domain {
  if (map !== "diverging") return [lo, hi];
  const reach = Math.max(Math.abs(lo), Math.abs(hi));
  return [-reach, reach];
}

/** Index into the table; an empty domain takes the middle when it is zero-centred, else the first colour. */
export function indexOf(value: number, [lo, hi]: Domain): number {
  if (!(hi > lo)) return lo < 0 ? 128 : 0;
  const i = Math.floor(((value - lo) / (hi - lo)) * 256);
  return Math.min(255, Math.max(0, i));
}

/** Colour `values` into `out` (one packed pixel a value); what is not a number stays transparent. */
export function paint(
  values: ArrayLike<number>,
  domain: Domain,
  table: Lut,
  out: Uint32Array,
): void {
  for (let i = 0; i < out.length; i++) {
    const value = values[i] ?? Number.NaN;
    out[i] = Number.isFinite(value) ? (table[indexOf(value, domain)] ?? 0) : 0;
  }
}

/** The colours of the values from `span[0]` to `span[1]` as a CSS gradient, for colour bars. */
export function gradient(map: ColorMap, domain: Domain = [0, 1], span: Domain = domain): string {
  const table = lut(map);
  const stops = Array.from({ length: 17 }, (_, i) => {
    const value = span[0] + (i / 16) * (span[1] - span[0]);
    return css(table[indexOf(value, domain)] ?? 0);
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** One packed colour as CSS. */
export function css(colour: number): string {
  return `rgb(${colour & 255} ${(colour >>> 8) & 255} ${(colour >>> 16) & 255})`;
}

function pack(r: number, g: number, b: number): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

function decode(base64: string): Lut {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const at = (i: number): number => bytes[i] ?? 0;
  return Uint32Array.from({ length: 256 }, (_, i) => pack(at(3 * i), at(3 * i + 1), at(3 * i + 2)));
}

function interpolate(hex: readonly string[]): Lut {
  const anchors = hex.map((h) => [0, 2, 4].map((k) => Number.parseInt(h.slice(k, k + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const t = (i / 255) * (anchors.length - 1);
    const left = Math.min(Math.floor(t), anchors.length - 2);
    const mix = [0, 1, 2].map((k) => {
      const a = anchors[left]?.[k] ?? 0;
      const b = anchors[left + 1]?.[k] ?? 0;
      return Math.round(a + (b - a) * (t - left));
    });
    return pack(mix[0] ?? 0, mix[1] ?? 0, mix[2] ?? 0);
  });
}
