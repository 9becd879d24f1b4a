const { SINKFLOW_DRIVER: driver } = process.env;

/** Whether the tests were started on the driver that compiles slowest. There each kind is tested in some pair, not in all pairs. */
export const isSlow = driver === "swiftshader";

/** Whether the driver with this description computes on the CPU. */
export const isOnCpu = (description = ""): boolean => /llvmpipe|SwiftShader/.test(description);

/** Lavapipe takes half a minute to compile a program with a workgroup's barriers: there only the first of these cases are tested, on other drivers all. */
export const someOnLavapipe = <T>(adapter: { description: string } | null, most: number, cases: readonly T[]): readonly T[] =>
  /llvmpipe/.test(adapter?.description ?? "") ? cases.slice(0, most) : cases;
