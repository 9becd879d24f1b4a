/** Rewrites the documents under a folder of which only some files are packed. */
export function rewrite(root: string, files: readonly string[]): void;
