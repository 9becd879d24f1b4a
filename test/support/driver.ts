const { SINKFLOW_DRIVER: driver } = process.env;

/** Whether the tests were started on the driver that takes longest to compile: there tables are taken crossed, not in all pairs. */
export const isSlow = driver === "swiftshader";

/** Whether a driver of this description is on the CPU. */
export const isOnCpu = (description = ""): boolean => /llvmpipe|SwiftShader/.test(description);
