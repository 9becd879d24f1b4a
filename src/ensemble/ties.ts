import { none, sinkColumns } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { absentIn, type Rows } from "../model/rows.ts";
import type { Pool } from "./perform.ts";

/** Tokens that can't be the sink, since the flow gives another token the same share: see `alike`. There are none where logits or values are drawn. */
export const alikeTokens = async (ensemble: Ensemble, pool: Pool): Promise<ReadonlySet<number>> =>
  new Set(isFixed(ensemble) ? await pool.perform({ kind: "alike", ensemble }) : []);

/** Whether logits and values begin the same in every run. */
export const isFixed = ({ logits, values }: Ensemble): boolean =>
  [logits, values].every((start) => !("scale" in start) || start.kind === "identity" || start.scale === 0);

/** Has no token be the sink in the runs whose sink is one of these tokens. */
export function dropSinks(rows: Rows, tokens: ReadonlySet<number>): void {
  if (tokens.size === 0) return;
  for (let run = 0; run < rows.sink.length; run++) {
    if (!tokens.has(rows.sink[run] as number)) continue;
    for (const name of sinkColumns) rows[name]?.fill(absentIn(name), run, run + 1);
    if (run % 2 === 1) rows.dominates?.fill(none, run - 1, run); // the run before is compared with this one's sink
  }
}
