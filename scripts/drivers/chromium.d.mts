import type { Browser } from "playwright-core";

export declare function openChromium(webgpu?: "compute" | "canvas" | "none" | "gpu"): Promise<Browser>;
