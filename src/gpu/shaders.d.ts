/** Every file under shaders/, by its path there; made by scripts/build/wgsl.mjs for the build and the tests. */
declare module "sinkflow:shaders" {
  const shaders: Readonly<Record<string, string>>;
  export default shaders;
}
