import type { Plugin } from "esbuild";

export declare const replacements: Plugin[];
export declare const silence: Plugin;
