import type { Plugin } from "esbuild";

export declare const esbuildPlugin: Plugin;
export declare const linesPlugin: Plugin;
export declare const barePlugin: Plugin;
export declare const vitePlugin: { name: string; resolveId(id: string): string | undefined; load(id: string): string | undefined };
export function isOfLab(path: string): boolean;
export function withoutComments(text: string): string;
/** The text of a shader for pages, which nobody reads it in. */
export function bare(text: string): string;
