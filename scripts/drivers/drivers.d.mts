export declare function findDriver(
  names: readonly ("system" | "lavapipe" | "swiftshader" | "compiler")[],
): { name: string; env: Record<string, string>; description: string } | undefined;
