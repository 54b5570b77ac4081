import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const executablePath =
  (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env.CHROMIUM ??
  "/usr/bin/chromium";

export default defineConfig({
  // The bundle gets CSS as text (esbuild's loader); here Vite must do the same.
  plugins: [
    {
      name: "css-as-text",
      enforce: "pre",
      resolveId(source, importer) {
        if (!source.endsWith(".css") || !importer || source.includes("?")) return null;
        return this.resolve(`${source}?raw`, importer);
      },
    },
  ],
  // Found late, it would make the page load anew in the middle of a test.
  optimizeDeps: { include: ["regl-scatterplot"] },
  test: {
    include: ["tests/**/*.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath,
          args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        },
      }),
      instances: [{ browser: "chromium", viewport: { width: 1000, height: 800 } }],
    },
  },
});
