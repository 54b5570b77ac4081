// Light or dark: what the host shows now, and a word when it changes.

const DARK_CLASSES = ".dark, .dark-theme, .dark-mode, [data-theme='dark'], [theme='dark']";
const LIGHT_CLASSES = ".light, .light-theme, [data-theme='light'], [theme='light']";

/** Whether the host of `el` is dark: its own word first, then its background, then the system's. */
export function isDark(el: Element): boolean {
  const body = document.body;
  const jupyter = body.dataset.jpThemeLight;
  if (jupyter !== undefined) return jupyter === "false";
  const vscode = body.dataset.vscodeThemeKind;
  if (vscode !== undefined) return vscode.includes("dark") || vscode === "vscode-high-contrast";
  const marked = closest(el, `${DARK_CLASSES}, ${LIGHT_CLASSES}`);
  if (marked) return marked.matches(DARK_CLASSES);
  const luminance = backgroundLuminance(el);
  if (luminance !== null) return luminance < 0.4;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Tell `changed` when the host's theme may have changed, until `signal` aborts. */
export function onTheme(el: Element, signal: AbortSignal, changed: (dark: boolean) => void): void {
  let dark = isDark(el);
  const check = () => {
    const now = isDark(el);
    if (now === dark) return;
    dark = now;
    changed(now);
  };
  const observer = new MutationObserver(check);
  for (const node of [document.documentElement, document.body])
    observer.observe(node, {
      attributeFilter: [
        "class",
        "style",
        "theme",
        "data-theme",
        "data-jp-theme-light",
        "data-vscode-theme-kind",
      ],
    });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", check, { signal });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

/** Like `Element.closest`, but through the shadow roots that hosts such as marimo put around us. */
function closest(el: Element, selector: string): Element | null {
  for (let node: Element | null = el; node; node = outer(node)) {
    const found = node.closest(selector);
    if (found) return found;
  }
  return null;
}

function outer(el: Element): Element | null {
  const root = el.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/** Relative luminance of the first opaque background at or above `el`; null when all are clear. */
function backgroundLuminance(el: Element): number | null {
  for (let node: Element | null = el; node; node = node.parentElement ?? outer(node)) {
    const parts = getComputedStyle(node)
      .backgroundColor.match(/[\d.]+/g)
      ?.map(Number);
    if (!parts || parts.length < 3 || (parts[3] ?? 1) < 0.5) continue;
    const [r = 0, g = 0, b = 0] = parts;
    return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  }
  return null;
}
