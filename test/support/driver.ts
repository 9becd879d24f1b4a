const { SINKFLOW_DRIVER: driver } = process.env;

/** Whether the tests were started on the driver that compiles slowest. There each kind is tested in some pair, not in all pairs. */
export const isSlow = driver === "swiftshader";

/** Whether the driver with this description computes on the CPU. */
export const isOnCpu = (description = ""): boolean => /llvmpipe|SwiftShader/.test(description);
