import { expect, test } from "vitest";
import { css, domainFor, gradient, indexOf, lut, paint, resolve } from "../lib/colormap";

const rgb = (colour = 0) => [colour & 255, (colour >>> 8) & 255, (colour >>> 16) & 255];
const entries = (map: Parameters<typeof lut>[0]) =>
  [0, 64, 128, 200, 255].map((i) => rgb(lut(map)[i]));

test("magma has the bytes that matplotlib draws", () => {
  // matplotlib.colormaps["magma"]([0, 64, 128, 200, 255], bytes=True)
  const expected = [
    [0, 0, 3],
    [80, 18, 123],
    [182, 54, 121],
    [253, 151, 104],
    [251, 252, 191],
  ];
  expect(entries("magma")).toEqual(expected);
});

test("viridis has the bytes that matplotlib draws", () => {
  const expected = [
    [68, 1, 84],
    [58, 82, 139],
    [32, 144, 140],
    [112, 206, 86],
    [253, 231, 36],
  ];
  expect(entries("viridis")).toEqual(expected);
});

test("the diverging map goes from blue over near-white to red", () => {
  const table = lut("diverging");
  expect(rgb(table[0])).toEqual([5, 48, 97]);
  expect(rgb(table[255])).toEqual([103, 0, 31]);
  expect(Math.min(...rgb(table[128]))).toBeGreaterThan(240);
});

test("auto is diverging for signed data, else magma on dark and viridis on light", () => {
  expect(resolve("auto", { signed: true, dark: true })).toBe("diverging");
  expect(resolve("auto", { signed: false, dark: true })).toBe("magma");
  expect(resolve("auto", { signed: false, dark: false })).toBe("viridis");
  expect(resolve("grey", { signed: true, dark: true })).toBe("grey");
});

test("a diverging domain is centred at zero by the larger side", () => {
  expect(domainFor("diverging", -0.5, 2)).toEqual([-2, 2]);
  expect(domainFor("magma", -0.5, 2)).toEqual([-0.5, 2]);
});

test("values beyond the domain take its ends, and an empty domain one colour", () => {
  expect([-9, 0, 0.999, 1, 9].map((v) => indexOf(v, [0, 1]))).toEqual([0, 0, 255, 255, 255]);
  expect(indexOf(3, [3, 3])).toBe(0);
});

test("what is not a number stays transparent", () => {
  const out = new Uint32Array(3);
  paint([0, Number.NaN, 1], [0, 1], lut("grey"), out);
  expect(out[1]).toBe(0);
  expect(rgb(out[2])).toEqual([255, 255, 255]);
});

test("a bar over part of the domain shows only the colours of that part", () => {
  const part = gradient("grey", [0, 10], [0, 5]);
  expect(part).toContain(css(lut("grey")[0] ?? 0));
  expect(part).not.toContain(css(lut("grey")[255] ?? 0));
});
