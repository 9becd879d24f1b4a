import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { below, type Random } from "./random.ts";

/** A line of the log of layer.mjs. */
interface Line {
  id: number;
  phase: "begin" | "end";
  ok?: boolean;
  name: string;
  path: string;
  to?: string;
  handle?: string;
  data?: string;
  flags?: string | number;
  length?: number;
}

interface File {
  kind: "file";
  /** Its bytes, as processes read them. */
  data: Buffer;
  /** Those that a power cut leaves for sure. */
  durable: Buffer;
}
interface Folder {
  kind: "folder";
  entries: Map<string, Node>;
  durable: Map<string, Node>;
  /** What was changed since the folder was last synced, each at once or not at all. */
  pending: Change[];
}
type Node = File | Folder;
type Change = Map<string, Node | undefined>;

const newFile = (): File => ({ kind: "file", data: Buffer.alloc(0), durable: Buffer.alloc(0) });
const newFolder = (): Folder => ({ kind: "folder", entries: new Map(), durable: new Map(), pending: [] });

/** What a power cut does with what was not synced: of a file's bytes and of a folder's changes. */
export type Mood = "none" | "all" | "some";

/**
 * A disk as POSIX promises it, and no better: what was written before a file was synced is there afterwards, a name once its folder was
 * synced; anything else may be there, in part, or not at all, in any order. It is fed with the log of a process.
 */
export class Disk {
  private readonly top = newFolder();
  private readonly handles = new Map<string, Node>();
  private readonly begun = new Map<number, Line & { synced?: number | Buffer }>();

  /** @param root the path of the folder that exists at first */
  constructor(private readonly root: string) {}

  /** The next line of the log. An operation takes effect when it ends. */
  feed(line: Line): void {
    if (line.phase === "begin") {
      const node = line.name === "sync" ? this.handles.get(line.handle as string) : undefined;
      const synced = node && (node.kind === "file" ? node.data : node.pending.length);
      this.begun.set(line.id, { ...line, ...(synced !== undefined && { synced }) });
      return;
    }
    const operation = this.begun.get(line.id);
    this.begun.delete(line.id);
    if (operation && line.ok) this.perform(operation);
  }

  /** Operations that have begun and not ended take effect, or not. */
  finishSome(random: Random): void {
    for (const operation of this.begun.values()) if (operation.name !== "sync" && random() < 0.5) this.perform(operation);
    this.begun.clear();
  }

  private perform({ name, path, to, handle, data, flags, length = 0, synced }: Line & { synced?: number | Buffer }): void {
    const bytes = Buffer.from(data ?? "", "base64");
    if (name === "create" || name === "open") {
      let node = this.find(path);
      if (name === "create" && !node) node = this.change(path, newFile());
      else if (node?.kind === "file" && /^w/.test(String(flags))) node.data = Buffer.alloc(0);
      if (node && handle) this.handles.set(handle, node);
    } else if (name === "writeFile" || name === "write" || name === "appendFile") {
      const node = (handle ? this.handles.get(handle) : this.find(path)) ?? this.change(path, newFile());
      if (node.kind === "file") node.data = handle || name === "appendFile" ? Buffer.concat([node.data, bytes]) : bytes;
    } else if (name === "truncate") {
      const node = this.handles.get(handle as string);
      if (node?.kind === "file") node.data = node.data.subarray(0, length);
    } else if (name === "sync" || name === "datasync") {
      const node = this.handles.get(handle as string);
      if (node?.kind === "file") node.durable = (synced as Buffer) ?? node.data;
      else if (node?.kind === "folder") for (const change of node.pending.splice(0, synced as number)) merge(node.durable, change);
    } else if (name === "mkdir") this.change(path, newFolder());
    else if (name === "rm" || name === "unlink" || name === "rmdir") {
      if (this.find(path)) this.change(path, undefined);
    } else if (name === "link") this.change(to as string, this.find(path));
    else if (name === "rename") this.rename(path, to as string);
  }

  private rename(from: string, to: string): void {
    const node = this.find(from);
    if (dirname(from) !== dirname(to)) {
      this.change(to, node);
      this.change(from, undefined);
      return;
    }
    const folder = this.find(dirname(from)) as Folder;
    record(folder, new Map([[basename(from), undefined] as const, [basename(to), node] as const]));
  }

  private change<T extends Node | undefined>(path: string, node: T): T {
    const folder = this.find(dirname(path));
    if (folder?.kind === "folder") record(folder, new Map([[basename(path), node]]));
    return node;
  }

  private find(path: string): Node | undefined {
    let node: Node | undefined = this.top;
    for (const name of relative(this.root, path).split("/").filter(Boolean))
      node = node?.kind === "folder" ? node.entries.get(name) : undefined;
    return node;
  }

  /** Names that processes see in a folder. */
  namesIn(folder: string): string[] {
    const node = this.find(join(this.root, folder));
    return node?.kind === "folder" ? [...node.entries.keys()] : [];
  }

  /** Writes what a power cut leaves to a folder. */
  leave(out: string, mood: Mood, random: Random): void {
    const leaveFolder = (folder: Folder, path: string) => {
      mkdirSync(path, { recursive: true });
      const entries = new Map(folder.durable);
      for (const change of folder.pending) if (mood === "all" || (mood === "some" && random() < 0.5)) merge(entries, change);
      for (const [name, node] of entries)
        if (node.kind === "folder") leaveFolder(node, join(path, name));
        else writeFileSync(join(path, name), left(node, mood, random));
    };
    leaveFolder(this.top, out);
  }
}

function record(folder: Folder, change: Change): void {
  folder.pending.push(change);
  merge(folder.entries, change);
}

function merge(entries: Map<string, Node>, change: Change): void {
  for (const [name, node] of change)
    if (node) entries.set(name, node);
    else entries.delete(name);
}

/** What a power cut leaves of a file: what was synced, and of the rest nothing, all, a beginning, or zeros in place of some of it. */
function left({ data, durable }: File, mood: Mood, random: Random): Buffer {
  if (mood === "all" || data.length <= durable.length) return mood === "none" ? durable : data;
  if (mood === "none") return durable;
  const length = durable.length + below(random, data.length - durable.length + 1);
  const torn = Buffer.from(data.subarray(0, length));
  if (random() < 0.5) torn.fill(0, durable.length + below(random, length - durable.length + 1));
  return torn;
}
