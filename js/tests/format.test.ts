import { expect, test } from "vitest";
import { count, duration, integer, number, percent, shape, shortShape } from "../lib/format";

const thin = "\u2009";

test.each([
  [0, "0"],
  [1.2345, "1.23"],
  [-0.04567, "−0.0457"],
  [12345, `12${thin}300`],
  [999.7, "1000"],
  [1.2e-7, "1.2 × 10⁻⁷"],
  [-3.456e9, "−3.46 × 10⁹"],
  [Number.NaN, "not a number"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("%d reads as %s", (value, text) => {
  expect(number(value)).toBe(text);
});

test("whole numbers are grouped from five digits on", () => {
  expect(integer(5000)).toBe("5000");
  expect(integer(1234567)).toBe(`1${thin}234${thin}567`);
});

test("one image, two images", () => {
  expect(count(1, "image")).toBe("1 image");
  expect(count(2, "box", "boxes")).toBe("2 boxes");
});

test("shares are percents with a thin space", () => {
  expect(percent(0.624)).toBe(`62${thin}%`);
  expect(percent(0.0312)).toBe(`3.1${thin}%`);
  expect(percent(0.00001)).toBe(`< 0.01${thin}%`);
});

test("shapes are written in full and short", () => {
  expect(shape([24, 20, 30])).toBe("24 × 20 × 30");
  expect(shape(null)).toBe("shape unknown");
  expect(shortShape([24, 20, 30])).toBe("24×20×30");
  expect(shortShape([24, 20, 20])).toBe("24×20²");
  expect(shortShape([512, 1, 1])).toBe("512");
});

test("times go from milliseconds to hours", () => {
  expect(duration(0.04)).toBe(`40${thin}ms`);
  expect(duration(12.4)).toBe(`12${thin}s`);
  expect(duration(240)).toBe(`4${thin}min`);
  expect(duration(3900)).toBe(`1${thin}h 5${thin}min`);
});
