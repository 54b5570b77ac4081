// An answer that may be missing: a page without a kernel goes on without it.

import { RpcError } from "./rpc";
import type { Status } from "./status";

/** The answer, or null when it failed; the status line says why where somebody should know. */
export async function quietly<T>(
  status: Status,
  answer: Promise<T>,
  retry?: () => void,
): Promise<T | null> {
  try {
    return await answer;
  } catch (reason) {
    const error = reason instanceof RpcError ? reason : new RpcError("Error", String(reason));
    if (!error.quiet && error.type !== "NoKernel") status.error(error.message, retry);
    return null;
  }
}
