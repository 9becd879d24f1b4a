// For tests that compile many programs and dispatch each for a few short runs. Without LLVM's optimization passes lavapipe compiles one in three quarters
// of the time; long runs take longer. The driver reads this when it is loaded, so it must be set before an engine is opened.
Object.assign(process.env, { GALLIVM_PERF: "nopt" });
