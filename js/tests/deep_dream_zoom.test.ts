import { expect, test } from "vitest";
import { show } from "./dream_page";
import { dreamInfo, fakeDream } from "./fake_dream";
import { drawn, until } from "./settled";

test("keys and buttons go nearer to the picture, and back to all of it", async () => {
  const page = show(fakeDream());
  await until(() => page.colours()[1]?.[0] === 200);
  const read = () => page.find(".zoom-read").textContent;
  expect([page.button("Further away").disabled, read()]).toEqual([true, ""]);
  page.press("+");
  page.button("Nearer").click();
  expect(read()).toBe("2.3 ×");
  expect(page.find(".wiped-place").tabIndex).toBe(0);
  page.press("0");
  expect([read(), page.find(".wiped-place").tabIndex]).toEqual(["", -1]);
});

test("a drag wipes the whole picture, and moves a nearer one unless it takes the divider", async () => {
  const model = fakeDream({ _dreams: [dreamInfo(0)], shown: 0 });
  const page = show(model);
  await until(() => !page.find(".wipe-divider").hidden);
  const place = page.find(".wiped-place");
  const box = place.getBoundingClientRect();
  const drag = (at: Element, from: number, to: number): void => {
    for (const [kind, share] of [
      ["pointerdown", from],
      ["pointermove", to],
      ["pointerup", to],
    ] as const)
      at.dispatchEvent(
        new PointerEvent(kind, {
          pointerId: 1,
          clientX: box.left + share * box.width,
          clientY: box.top + box.height / 2,
          bubbles: true,
          cancelable: true,
        }),
      );
  };
  // Chromium captures real pointers only.
  let captured = false;
  place.setPointerCapture = () => (captured = true);
  place.hasPointerCapture = () => captured;
  drag(place, 0.5, 0.25);
  expect(model.get("wipe")).toBeCloseTo(0.25, 2);
  place.dispatchEvent(
    new WheelEvent("wheel", { deltaY: -100, ctrlKey: true, cancelable: true, clientX: box.left }),
  );
  expect(page.find(".zoom-read").textContent).toBe("1.5 ×");
  drag(place, 0.5, 0.75);
  expect(model.get("wipe")).toBeCloseTo(0.25, 2);
  drag(page.find(".wipe-divider"), 0.25, 0.75);
  expect(model.get("wipe")).toBeCloseTo(0.75, 2);
});

test("what is in sight of a nearer picture moves with the hand and with arrow keys", async () => {
  const half = new OffscreenCanvas(60, 40);
  const context = half.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.fillStyle = "rgb(0 0 250)";
  context.fillRect(30, 0, 30, 40); // the right half; the left one is clear
  const blob = await half.convertToBlob({ type: "image/png" });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const picture = { bytes, mediaType: "image/png", width: 60, height: 40 };
  const model = fakeDream(
    {},
    { original: async () => ({ image: 0, picture, width: 60, height: 40 }) },
  );
  const page = show(model);
  await until(() => page.colours()[1]?.[2] === 250);
  expect(page.colours()[0]?.[2]).toBe(0);
  page.press("+");
  page.press("+"); // 2.25: from 0.28 to 0.72
  for (let i = 0; i < 3; i++) page.press("ArrowRight", {}, ".wiped-place"); // from 0.48
  await drawn();
  expect(page.colours().map((rgb) => rgb[2])).toEqual([250, 250]);
  expect(model.get("target")).toBe("deep"); // not the next channel
  for (let i = 0; i < 9; i++) page.press("ArrowLeft", {}, ".wiped-place");
  await drawn();
  expect(page.colours().map((rgb) => rgb[2])).toEqual([0, 0]);
});
