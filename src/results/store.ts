import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { Reduced } from "../sweep/fold.ts";
import type { FollowedPart } from "../sweep/follow.ts";
import type { PartFiles, PartStore } from "../sweep/sweep.ts";
import type { FileDigest } from "./durableFile.ts";
import { Encoders } from "./encoders.ts";
import type { ResultsFolder } from "./folder.ts";
import { partFile } from "./names.ts";
import { recordText, sha256 } from "./record.ts";

export interface StoreOptions {
  /** Whether there are tables of rows and trajectories, or records alone. */
  rows: boolean;
  /** Of how many runs of each point trajectories are sampled for figures. */
  sampled: readonly number[];
}

/** Stores the parts of a sweep in a results folder that has begun. To be closed; the folder does where its writing is abandoned. */
export class FolderStore implements PartStore {
  readonly keepsColumns: boolean;
  private readonly encoders: Encoders | undefined;
  private readonly specificationHash: string;

  constructor(
    private readonly folder: ResultsFolder,
    private readonly specification: Specification,
    engine: Engine["kind"],
    private readonly options: StoreOptions,
  ) {
    this.specificationHash = sha256(JSON.stringify(specification.canonical));
    this.keepsColumns = !options.rows;
    if (options.rows) this.encoders = new Encoders({ specification, engine });
    folder.onAbandon(() => this.close());
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

  async commit(part: FollowedPart, reduced: readonly Reduced[], files: PartFiles): Promise<void> {
    const { specificationHash, options } = this;
    const kept = { specificationHash, files, sampled: options.sampled, trajectories: !options.rows };
    const text = await recordText(part, reduced, kept);
    await this.folder.commit(partFile("parts", part.number), text, files);
  }

  /** Ends the threads that encode. */
  async close(): Promise<void> {
    await this.encoders?.close();
  }
}
