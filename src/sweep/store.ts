import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { Reduced } from "./fold.ts";
import type { ResultsFolder } from "./folder.ts";
import type { FollowedPart } from "./follow.ts";
import { partFile } from "./names.ts";
import { recordText, sha256 } from "./record.ts";
import type { PartFiles, PartStore } from "./sweep.ts";
import { TablesWriter } from "./tablesWriter.ts";

export interface StoreOptions {
  /** Whether there are tables of rows and trajectories, or records alone. */
  rows: boolean;
  /** Of how many runs of each point trajectories are sampled for figures. */
  sampled: readonly number[];
}

/** Stores the parts of a sweep in a results folder that has begun. To be closed; the folder does where its writing is abandoned. */
export class FolderStore implements PartStore {
  private readonly writer: TablesWriter | undefined;
  private readonly specificationHash: string;

  constructor(
    private readonly folder: ResultsFolder,
    private readonly specification: Specification,
    engine: Engine["kind"],
    private readonly options: StoreOptions,
  ) {
    this.specificationHash = sha256(JSON.stringify(specification.canonical));
    if (options.rows) this.writer = new TablesWriter(specification, engine);
    folder.onAbandon(() => this.close());
  }

  async encode({ number, portions }: FollowedPart): Promise<PartFiles> {
    if (!this.writer) return {};
    const { writer } = this;
    const files: PartFiles = {};
    const runs = partFile("runs", number);
    const path = await this.folder.pathOf(runs);
    const tables = portions.map(({ point, first, count, rows, vectors }) => ({ point, first, count, rows, ...(vectors && { vectors }) }));
    files[runs] = await this.folder.stored(() => writer.write({ kind: "runs", path, portions: tables }));
    const recorded = portions.map(({ point, trajectories }) => ({
      point,
      trajectories: trajectories.filter(({ run }) => run < (this.specification.points[point]?.ensemble.record.trajectories ?? 0)),
    }));
    if (recorded.some(({ trajectories }) => trajectories.length > 0)) {
      const name = partFile("trajectories", number);
      const path = await this.folder.pathOf(name);
      files[name] = await this.folder.stored(() => writer.write({ kind: "trajectories", path, portions: recorded }));
    }
    return files;
  }

  async commit(part: FollowedPart, reduced: readonly Reduced[], files: PartFiles): Promise<void> {
    const { specificationHash, options } = this;
    const kept = { specificationHash, files, sampled: options.sampled, trajectories: !options.rows };
    const text = recordText(part, reduced, kept);
    await this.folder.commit(partFile("parts", part.number), text, files);
  }

  /** Ends the thread that encodes. */
  async close(): Promise<void> {
    await this.writer?.close();
  }
}
