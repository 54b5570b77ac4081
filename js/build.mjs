// Bundles every js/widgets/*.ts into one minified ES module under src/convscope/static/, and the host
// and style of exported pages beside them. Every widget instance carries its whole bundle (anywidget syncs the
// text as a trait), so a bundle over its budget fails the build.
import { mkdirSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "src", "convscope", "static");
const PLAIN = 60_000;
// What is not one plain view: LayerBrowser has six (tree, strip, input, mosaic, channel, patches), AugmentPreview
// an editor (nested list, drag, sliders with histograms, menu, code) and its pictures (grid, comparison, record),
// Attribution eight (tree, strip, classes with search, one map with a wipe, several, traced positions, curves, sanity),
// DeepDream seven (tree, wipe, sliders, guides, curve, dreams so far, film).
// FeatureVis nine (tree, settings, target, strip, picture, curve, patches, versions, gallery).
const BUDGETS = {
  "layer_browser.js": 82_000,
  "augment_preview.js": 80_000,
  "attribution.js": 87_000,
  "manifold_scatter.js": 260_000,
  "deep_dream.js": 71_000,
  "atlas_viewer.js": 120_000,
  "feature_vis.js": 80_000,
  "static_host.js": 8_000,
  "page.css": 4_000,
};

const entryPoints = [
  ...readdirSync(join(here, "widgets"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(here, "widgets", name)),
  join(here, "lib", "static_host.ts"),
  join(here, "styles", "page.css"),
];

/** CSS imported by a module comes in as text, for a shadow root; minified, since it is sent each time. */
const cssAsText = {
  name: "css-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await esbuild.transform(source, { loader: "css", minify: true });
      const entry = entryPoints.includes(path);
      return { contents: entry ? source : code.trim(), loader: entry ? "css" : "text" };
    });
  },
};

// The canvas takes no pointer: views/plot_input.ts does, and no element or style is added to the page.
const NO_LASSO = `const noLasso = () => ({
    initiator: document.createElement("i"),
    longPressIndicator: document.createElement("i"),
    get: () => "freeform",
    set() {},
    destroy() {},
  });`;
const UNUSED = [
  ["earcut(lasso.getPoints())", "[]"],
  ["createSplineCurve(newPoints, {", "Promise.resolve(newPoints, {"],
  ["const lassoManager = createLasso(canvas, {", `${NO_LASSO}\n  const lassoManager = noLasso({`],
];

/**
 * regl-scatterplot without what nobody here sees: comments and indentation of its shaders (no minifier touches strings), and
 * its own lasso and curves between points, which bring a triangulation, a worker and styles of the page along.
 */
const lightScatter = {
  name: "light-scatter",
  setup(build) {
    build.onLoad({ filter: /regl-(scatterplot|line)[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const unused = path.endsWith("regl-scatterplot.esm.js") ? UNUSED : [];
      for (const [code] of unused)
        if (!source.includes(code)) throw new Error(`regl-scatterplot has no ${code} any more`);
      const contents = unused
        .reduce((text, [code, instead]) => text.replace(code, instead), source)
        .replace(/`[^`]*\bgl_(Position|FragColor)\b[^`]*`/g, (text) =>
          text
            .replace(/\/\*[\s\S]*?\*\//g, "")
            .replace(/\/\/.*$/gm, "")
            .replace(/^[ \t]+/gm, "")
            .replace(/[ \t]+$/gm, "")
            .replace(/\n{2,}/g, "\n")
            .replace(/ ?([=+*/<>,;(){}]) ?/g, "$1")
            .replace(/([;{},])\n/g, "$1"),
        );
      return { contents, loader: "js" };
    });
  },
};

/** Print what each bundle weighs, and return the sentences that make the build fail. */
function weigh(metafile) {
  const failures = [];
  for (const [path, { bytes, inputs }] of Object.entries(metafile.outputs)) {
    const name = basename(path);
    const budget = BUDGETS[name] ?? PLAIN;
    console.log(`${name.padEnd(24)} ${String(bytes).padStart(7)} of ${budget} bytes`);
    if (bytes <= budget) continue;
    const heaviest = Object.entries(inputs)
      .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
      .slice(0, 5)
      .map(([input, { bytesInOutput }]) => `${input} ${bytesInOutput}`);
    failures.push(`${name}: ${bytes} bytes, budget ${budget}; heaviest: ${heaviest.join(", ")}`);
  }
  return failures;
}

/** d3-zoom with what it needs of two large modules; why, say lib/no_transition.ts and lib/flight.ts. */
const lightZoom = {
  name: "light-zoom",
  setup(build) {
    build.onResolve({ filter: /^d3-transition$/ }, () => ({
      path: join(here, "lib", "no_transition.ts"),
    }));
    build.onResolve({ filter: /^d3-interpolate$/ }, () => ({
      path: join(here, "lib", "flight.ts"),
    }));
  },
};

const options = {
  entryPoints,
  outdir,
  entryNames: "[name]",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  // regl without the checks of its caller, as its authors have it for production: 33 kB less.
  alias: { regl: "regl/dist/regl.unchecked.js" },
  legalComments: "none",
  plugins: [cssAsText, lightZoom, lightScatter],
  metafile: true,
  logLevel: "warning",
};

mkdirSync(outdir, { recursive: true });
if (process.argv.includes("--watch")) {
  const report = {
    name: "weigh",
    setup: (build) => build.onEnd((r) => r.metafile && weigh(r.metafile)),
  };
  const context = await esbuild.context({
    ...options,
    plugins: [cssAsText, lightZoom, lightScatter, report],
  });
  await context.watch();
} else {
  const { metafile } = await esbuild.build(options);
  const failures = weigh(metafile);
  for (const failure of failures) console.error(`over budget: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
