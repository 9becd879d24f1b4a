import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SinkflowError } from "../model/errors.ts";
import { print } from "./terminal.ts";

const folder = fileURLToPath(new URL("./lab/", import.meta.url));
const host = "127.0.0.1";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** The page's own policy (src/lab/index.html), and policies that only a header can set. */
const headers = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-cache",
};

/** `sinkflow lab`: serves the browser app to this machine until the signal fires. */
export async function labCommand({ port }: { port: number }, signal: AbortSignal): Promise<void> {
  const server = createServer(answerWith(await files()));
  const address = await listen(server, port);
  print(`http://${host}:${address}/ (Ctrl-C ends it)`);
  if (!signal.aborted) await once(signal, "abort");
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The app's files by their path in the address; nothing else is served. */
async function files(): Promise<Map<string, { type: string; body: Buffer }>> {
  const names = await readdir(folder).catch((): string[] => []);
  if (!names.includes("index.html"))
    throw new SinkflowError("input", "lab: expected the built app beside the program, got none; npm run build makes it");
  const entries = names.map(async (name) => {
    const file = { type: types[extname(name)] ?? "application/octet-stream", body: await readFile(join(folder, name)) };
    return [name === "index.html" ? "/" : `/${name}`, file] as const;
  });
  return new Map(await Promise.all(entries));
}

function answerWith(served: Awaited<ReturnType<typeof files>>) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const refuse = (status: number, text: string) =>
      response.writeHead(status, { ...headers, "Content-Type": "text/plain" }).end(`${text}\n`);
    const names = [host, "localhost"].map((name) => `${name}:${request.socket.localPort}`);
    // Another site's name may resolve to this address, or its page may send a request here: both are refused.
    if (!names.includes(request.headers.host ?? "")) return refuse(403, "unknown host");
    const { origin } = request.headers;
    if (origin !== undefined && !names.map((name) => `http://${name}`).includes(origin)) return refuse(403, "unknown origin");
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "only GET and HEAD");
    const file = served.get((request.url ?? "").split("?")[0] as string);
    if (!file) return refuse(404, "no such file");
    response.writeHead(200, { ...headers, "Content-Type": file.type, "Content-Length": file.body.length });
    response.end(request.method === "HEAD" ? undefined : file.body);
  };
}

/** Listens on a port, any free one for 0. Returns its number. */
async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, "listening").catch(({ code, message }: NodeJS.ErrnoException) => {
    const why = code === "EADDRINUSE" ? "which another program uses" : code === "EACCES" ? "which this user may not take" : message;
    throw new SinkflowError("input", `--port: expected a free port, got ${port}, ${why}`);
  });
  return (server.address() as AddressInfo).port;
}
