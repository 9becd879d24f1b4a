import type { Browser } from "playwright-core";

export declare function openChromium(webgpu?: "compute" | "none" | "gpu"): Promise<Browser>;
