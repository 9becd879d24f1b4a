import type { Pool } from "../ensemble/perform.ts";
import { alikeTokens, dropSinks } from "../ensemble/ties.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { FollowedPortion } from "./follow.ts";

/** The tokens of each point that can't be the sink (`alikeTokens`), found once, when its first runs were followed. */
export class Ties {
  private readonly alike: Promise<ReadonlySet<number>>[] = [];

  constructor(
    private readonly ensembles: readonly Ensemble[],
    private readonly pool: Pool,
  ) {}

  /** Has no such token be the sink of a run. */
  async drop(portions: readonly FollowedPortion[]): Promise<void> {
    const drop = async ({ point, rows }: FollowedPortion) => {
      this.alike[point] ??= alikeTokens(this.ensembles[point] as Ensemble, this.pool);
      dropSinks(rows, await this.alike[point]);
    };
    await Promise.all(portions.map(drop));
  }
}
