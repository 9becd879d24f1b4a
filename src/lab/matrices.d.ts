// The modules of gl-matrix themselves: of its index a bundler takes all functions of a kind, 20 kB of which four are used.
declare module "gl-matrix/esm/mat4.js" {
  import type { mat4 } from "gl-matrix";
  export const create: typeof mat4.create;
  export const lookAt: typeof mat4.lookAt;
  export const multiply: typeof mat4.multiply;
  export const perspectiveZO: typeof mat4.perspectiveZO;
}
declare module "gl-matrix/esm/vec4.js" {
  import type { vec4 } from "gl-matrix";
  export const create: typeof vec4.create;
  export const transformMat4: typeof vec4.transformMat4;
}
