/** An image dropped on a view. */

export function dropTarget(
  element: HTMLElement,
  dropped: (file: File) => void,
  signal: AbortSignal,
): void {
  // Entering a child is told before leaving its parent: what counts is how many were entered.
  let inside = 0;
  const over = (event: DragEvent, step: number): boolean => {
    if (!event.dataTransfer?.types.includes("Files")) return false;
    event.preventDefault();
    inside = Math.max(0, inside + step);
    element.toggleAttribute("data-dropping", inside > 0);
    return true;
  };
  const on = (type: "dragenter" | "dragleave" | "dragover", step: number): void =>
    element.addEventListener(type, (event) => void over(event, step), { signal });
  on("dragenter", 1);
  on("dragleave", -1);
  on("dragover", 0);
  element.addEventListener(
    "drop",
    (event) => {
      const [file] = event.dataTransfer?.files ?? [];
      if (over(event, -inside) && file) dropped(file);
    },
    { signal },
  );
}
