export * from "./columns.ts";
export * from "./status.ts";
