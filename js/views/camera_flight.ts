/** Flights of a camera from where it is to where it should be, which a person may break off. */

import { between, type Camera } from "../lib/plane";

export interface CameraFlight {
  to(camera: Camera): void;
  stop(): void;
}

const LENGTH = 350; // ms

/** Where motion is not wanted the camera is there at once. */
export function cameraFlight(
  looking: () => Camera,
  go: (camera: Camera) => void,
  calm: MediaQueryList,
  signal: AbortSignal,
): CameraFlight {
  let flight = 0;
  const stop = (): void => cancelAnimationFrame(flight);
  signal.addEventListener("abort", stop, { once: true });
  return {
    stop,
    to(camera) {
      stop();
      if (calm.matches) {
        go(camera);
        return;
      }
      const [from, start] = [looking(), performance.now()];
      const step = (now: number) => {
        const t = Math.min(1, Math.max(0, (now - start) / LENGTH));
        go(between(from, camera, t * (2 - t)));
        if (t < 1) flight = requestAnimationFrame(step);
      };
      flight = requestAnimationFrame(step);
    },
  };
}
