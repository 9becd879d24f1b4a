import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { Reduced } from "../sweep/fold.ts";
import type { FollowedPart } from "../sweep/follow.ts";
import type { Part } from "../sweep/parts.ts";
import type { PartFiles, PartStore } from "../sweep/stages.ts";
import type { FileDigest } from "./digest.ts";
import { Encoders } from "./encoders.ts";
import type { ResultsFolder } from "./folder.ts";
import { partFile } from "./names.ts";
import { recordText } from "./record.ts";
import { findParts, readPart } from "./restore.ts";

export interface StoreOptions {
  /** Whether there are tables of rows and trajectories, or records alone. */
  rows: boolean;
  /** Of these results: see `identityOf`. There are others only where shards of several adapters are merged. */
  identities: readonly string[];
}

/** Stores the parts of a sweep in a results folder that has begun. To be closed; the folder does where its writing is abandoned. */
export class FolderStore implements PartStore {
  readonly keepsColumns: boolean;
  private readonly encoders: Encoders | undefined;
  private found: ReadonlySet<number> = new Set();

  constructor(
    private readonly folder: ResultsFolder,
    private readonly specification: Specification,
    private readonly engine: Engine["kind"],
    private readonly options: StoreOptions,
  ) {
    this.keepsColumns = !options.rows;
    if (options.rows) this.encoders = new Encoders({ specification, engine });
    folder.onAbandon(() => this.close());
  }

  /** Finds which of these parts are there, whole; what else was left of them is removed. Returns how many are. */
  async find(parts: readonly Part[]): Promise<number> {
    this.found = await findParts(this.folder, parts, this.options.identities, this.options.rows);
    await this.folder.tidy();
    return this.found.size;
  }

  has(part: number): boolean {
    return this.found.has(part);
  }

  read(part: Part): Promise<Reduced[]> {
    return this.folder.stored(() => readPart(this.folder, part, this.specification, this.engine));
  }

  async encode({ number, portions, rows }: FollowedPart): Promise<PartFiles> {
    const { encoders, folder, specification } = this;
    if (!encoders) return {};
    const recorded = portions.map(({ point, trajectories }) => ({
      point,
      trajectories: trajectories.filter(({ run }) => run < (specification.points[point]?.ensemble.record.trajectories ?? 0)),
    }));
    const write = async (kind: "runs" | "trajectories", put: (path: string) => Promise<FileDigest>) => {
      const name = partFile(kind, number);
      const path = await folder.pathOf(name);
      return [name, await folder.stored(() => put(path))] as const;
    };
    const hasTrajectories = recorded.some(({ trajectories }) => trajectories.length > 0);
    const files = await Promise.all([
      write("runs", (path) => encoders.writeRuns(path, { segments: portions, rows })),
      ...(hasTrajectories ? [write("trajectories", (path) => encoders.writeTrajectories(path, recorded))] : []),
    ]);
    return Object.fromEntries(files);
  }

  async commit(part: Part, reduced: readonly Reduced[], files: PartFiles): Promise<void> {
    const { identities, rows } = this.options;
    const [identity = ""] = identities;
    const text = await recordText(part, reduced, { identity, files, trajectories: !rows });
    await this.folder.commit(partFile("parts", part.number), text, files);
  }

  /** Ends the threads that encode. */
  async close(): Promise<void> {
    await this.encoders?.close();
  }
}
