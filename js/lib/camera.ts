// What both maps, points and the atlas, look through; what their planes are is said in plane.ts and atlas_camera.ts.

/** What of a plane is in sight. */
export interface Camera {
  /** The place in the middle of the view. */
  readonly x: number;
  readonly y: number;
  /** How large it is seen; 1 is as the plane says. */
  readonly zoom: number;
}

/** Pixels of what is drawn on. */
export interface Size {
  readonly width: number;
  readonly height: number;
}
