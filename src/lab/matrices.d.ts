// The modules of gl-matrix themselves: of its index a bundler takes all functions of a kind, 20 kB of which five are used.
declare module "gl-matrix/esm/mat4.js" {
  import type { mat4 } from "gl-matrix";
  export const create: typeof mat4.create;
  export const lookAt: typeof mat4.lookAt;
  export const multiply: typeof mat4.multiply;
  export const perspectiveNO: typeof mat4.perspectiveNO;
}
declare module "gl-matrix/esm/vec3.js" {
  import type { vec3 } from "gl-matrix";
  export const create: typeof vec3.create;
  export const transformMat4: typeof vec3.transformMat4;
}
