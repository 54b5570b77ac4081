import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { button, range, search, select, slider, toggle } from "../lib/controls";

let control: AbortController;
let signal: AbortSignal;
beforeEach(() => {
  control = new AbortController();
  signal = control.signal;
});
afterEach(() => {
  control.abort();
  document.body.replaceChildren();
});

const show = <T extends { el: HTMLElement }>(made: T): T => {
  document.body.append(made.el);
  return made;
};

test("a list has its label, its groups, and tells what was chosen", async () => {
  const onChange = vi.fn();
  const options = [
    { value: "mean", label: "mean" },
    { value: "max", label: "maximum", group: "extremes" },
    { value: "min", label: "minimum", group: "extremes" },
  ];
  const made = show(select({ label: "Sort by", options, value: "mean", onChange, signal }));
  await userEvent.selectOptions(page.getByLabelText("Sort by"), "min");
  expect(onChange.mock.calls).toEqual([["min"]]);
  expect(made.el.querySelectorAll("optgroup")).toHaveLength(1);
  made.value = "max";
  expect(made.value).toBe("max");
  expect(onChange).toHaveBeenCalledOnce();
  made.setOptions(options.slice(1));
  expect(made.value).toBe("max");
});

test("a slider tells each step, and the end of the movement, and says its value with its unit", async () => {
  const [onInput, onChange] = [vi.fn(), vi.fn()];
  const format = (value: number) => `${value} %`;
  const made = show(
    slider({
      label: "Opacity",
      min: 0,
      max: 100,
      step: 5,
      value: 50,
      format,
      onInput,
      onChange,
      signal,
    }),
  );
  const field = page.getByLabelText("Opacity");
  (field.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(onInput).toHaveBeenLastCalledWith(55);
  expect(onChange).toHaveBeenLastCalledWith(55);
  expect(field.element().getAttribute("aria-valuetext")).toBe("55 %");
  expect(made.el.textContent).toContain("55 %");
});

test("the low handle of a range never passes the high one", async () => {
  const onInput = vi.fn();
  const made = show(
    range({ label: "Degrees", min: -20, max: 20, step: 10, value: [-10, 0], onInput, signal }),
  );
  const low = page.getByLabelText("Degrees, from").element() as HTMLInputElement;
  low.focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowRight}");
  expect(made.value).toEqual([0, 0]);
  expect(onInput).toHaveBeenLastCalledWith([0, 0]);
  made.value = [20, 20];
  expect(low.style.zIndex).toBe("1");
});

test("a check box is named and tells its state", async () => {
  const onChange = vi.fn();
  show(toggle({ label: "Only dead channels", value: false, onChange, signal }));
  await userEvent.click(page.getByLabelText("Only dead channels"));
  expect(onChange.mock.calls).toEqual([[true]]);
});

test("Escape empties a search field first, and only then goes further", async () => {
  const [onInput, outer] = [vi.fn(), vi.fn()];
  const made = show(search({ label: "Search layers", onInput, signal }));
  document.body.addEventListener("keydown", ({ key }) => key === "Escape" && outer(), { signal });
  made.focus();
  await userEvent.keyboard("conv{Escape}");
  expect(made.value).toBe("");
  expect(onInput.mock.calls.map(([text]) => text)).toEqual(["c", "co", "con", "conv", ""]);
  expect(outer).not.toHaveBeenCalled();
  await userEvent.keyboard("{Escape}");
  expect(outer).toHaveBeenCalledOnce();
});

test("a button with an icon alone has a name", async () => {
  const onClick = vi.fn();
  document.body.append(button({ label: "Close", icon: "M0 0h1", onClick, signal }));
  await userEvent.click(page.getByRole("button", { name: "Close" }));
  expect(onClick).toHaveBeenCalledOnce();
});

test("nothing is told after the view has gone", async () => {
  const onClick = vi.fn();
  document.body.append(button({ label: "Go", onClick, signal }));
  control.abort();
  await userEvent.click(page.getByRole("button", { name: "Go" }));
  expect(onClick).not.toHaveBeenCalled();
});
