// A button that opens a panel: Escape closes it and gives the focus back.

/**
 * Make `opener` open and close `panel`. With `within`, a press outside of it closes the panel too
 * (menus); without, the panel stays until asked away (help).
 */
export function disclosure(
  opener: HTMLElement,
  panel: HTMLElement,
  within: HTMLElement | null,
  signal: AbortSignal,
): { close(): void } {
  const show = (on: boolean) => {
    panel.hidden = !on;
    opener.setAttribute("aria-expanded", String(on));
  };
  show(false);
  opener.addEventListener("click", () => show(Boolean(panel.hidden)), { signal });
  for (const el of [opener, panel])
    el.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || panel.hidden) return;
        event.stopPropagation();
        show(false);
        opener.focus();
      },
      { signal },
    );
  if (within)
    document.addEventListener(
      "pointerdown",
      (event) => {
        if (!event.composedPath().includes(within)) show(false);
      },
      { signal },
    );
  return { close: () => show(false) };
}
