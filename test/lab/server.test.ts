import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sinkflow } from "../support/cli.ts";
import { serve } from "./support.ts";

const folder = join(import.meta.dirname, "../../dist/lab");
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  server = await serve();
});

function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: server.port, path, method, headers }, (response) => {
      let body = "";
      response.on("data", (data) => {
        body += data;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("sinkflow lab", () => {
  it("serves the built files, with a strict policy", async () => {
    const page = await ask("/");
    expect(page.status).toBe(200);
    expect(page.body).toBe(readFileSync(join(folder, "index.html"), "utf8"));
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    // What the page itself says holds where another host serves it.
    expect(page.body).toContain(policy.replace("; frame-ancestors 'none'", ""));
    for (const name of readdirSync(folder).filter((name) => name !== "index.html")) expect((await ask(`/${name}`)).status, name).toBe(200);
  });

  it("is for this machine alone: other hosts, origins, methods and files are refused", async () => {
    expect((await ask("/", { Host: `localhost:${server.port}` })).status).toBe(200);
    expect((await ask("/", { Origin: `http://127.0.0.1:${server.port}` })).status).toBe(200);
    expect((await ask("/", { Host: "evil.example" })).status).toBe(403);
    expect((await ask("/", { Host: `evil.example:${server.port}` })).status).toBe(403);
    expect((await ask("/", { Origin: "http://evil.example" })).status).toBe(403);
    expect((await ask("/", { Origin: "null" })).status).toBe(403);
    expect((await ask("/", {}, "POST")).status).toBe(405);
    for (const path of ["/../cli.js", "/%2e%2e/cli.js", "/..%2fcli.js", "/index.html/..", "/cli.js", "//etc/passwd"])
      expect((await ask(path)).status, path).toBe(404);
  });

  it("says so in one line where the port is taken", async () => {
    const { code, stdout, stderr } = await sinkflow(["lab", "--port", String(server.port)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(`sinkflow: --port: expected a free port, got ${server.port}, which another program uses. Nothing was written.\n`);
    expect((await sinkflow(["lab", "--port", "70000"])).code).toBe(2);
  });

  it("needs no server: addresses are relative; and all its JavaScript is below 200 kB, gzipped", () => {
    const html = readFileSync(join(folder, "index.html"), "utf8");
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect(address).toMatch(/^\w+\.\w+$/);
    const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
    const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0);
    expect(bytes).toBeGreaterThan(100_000); // it has been built
    expect(bytes).toBeLessThan(200_000);
  });
});

afterAll(async () => {
  expect(await server.close()).toBe(0); // Ctrl-C is how it ends
});
