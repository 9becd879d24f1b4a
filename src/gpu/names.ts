/** camelCase or kebab-case to SNAKE_CASE, as constants are named in the shaders. */
export const constantCase = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toUpperCase();
