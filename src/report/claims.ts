import { none, type Predictor, predictors } from "../model/columns.ts";
import { nudgeSize } from "../model/fragility.ts";
import type { Rows } from "../model/rows.ts";
import { comparedShares } from "../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../statistics/proportion.ts";
import type { Quantiles } from "../statistics/quantiles.ts";
import type { EnsembleReport } from "../sweep/fold.ts";
import { listed, percent, points, shareText } from "./format.ts";

// Sentences that state a result of one ensemble, made from its numbers. `where` names the ensemble: "Under softmax".

/** By what each predictor compares tokens at the start, in the order in which they are told. */
export const predictorLabels: Record<Predictor, string> = {
  mode: "logit + alignment",
  logit: "logit",
  alignment: "alignment",
  absAlignment: "|alignment|",
  valueNorm: "value norm",
};
export const predictorNames = Object.keys(predictorLabels) as Predictor[];

/** `by logit`. Names of two words stand in quotes, so that a list of them can be read. */
const byMeasure = (key: Predictor): string =>
  `by ${predictorLabels[key].includes(" ") ? `“${predictorLabels[key]}”` : predictorLabels[key]}`;

const counted = (runs: number): string => `${runs.toLocaleString("en-US")} ${runs === 1 ? "run" : "runs"}`;
const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** How an interval lies to a number: all of it above, all of it below, or around it. */
function placeOf({ interval: [low, high] }: Pick<Proportion, "interval">, number: number): "above" | "below" | "around" {
  if (low > number) return "above";
  return high < number ? "below" : "around";
}

/** How often the token that led at the start by each measure won; each share is compared with a guess, which is right in 1/n. */
export function predictorsClaim(where: string, { predictors, sink }: Pick<EnsembleReport, "predictors" | "sink">): string {
  const known = predictorNames.flatMap((key) => (predictors[key] ? [{ by: byMeasure(key), found: predictors[key] }] : []));
  if (known.length === 0) return `${where} there is no run in which a token leads at the start and one wins.`;
  const guess = 1 / sink.counts.length;
  const told = (place: ReturnType<typeof placeOf>) =>
    known
      .filter(({ found }) => placeOf(found, guess) === place)
      .sort((a, b) => b.found.share - a.found.share)
      .map(({ by, found }) => `${by} in ${percent(found)}`);
  const how = {
    above: "more often than a guess would be right",
    around: "neither more nor less often than a guess would be right, as far as these runs show",
    below: "less often than a guess would be right",
  } as const;
  const parts = (["above", "around", "below"] as const).flatMap((place) => {
    const those = told(place);
    return those.length > 0 ? [`${how[place]}, ${listed(those)}`] : [];
  });
  return `${where} the token that led at the start won ${parts.join("; ")} (a guess: ${shareText(guess)} %).`;
}

/** Who wins, in a sentence: the token that led at the start by the measure that tells the winner most often, if one tells more than a guess does. */
export function winnerClaim(where: string, { predictors, sink }: Pick<EnsembleReport, "predictors" | "sink">): string {
  if (sumOf(sink.counts) === 0) return `${where} no token wins: the largest shares are tied.`;
  const guess = 1 / sink.counts.length;
  const [best] = predictorNames
    .flatMap((key) => (predictors[key] ? [{ key, found: predictors[key] }] : []))
    .filter(({ found }) => placeOf(found, guess) === "above")
    .sort((a, b) => b.found.share - a.found.share);
  if (!best) return `${where} nothing that is compared at the start tells who wins more often than a guess would (${shareText(guess)} %).`;
  return `${where} the token that led at the start ${byMeasure(best.key)} wins in ${percent(best.found)} of the runs (a guess: ${shareText(guess)} %).`;
}

/** How often the token that was best aligned at the start won: what an optimizer's memory decides. */
export function alignedClaim(where: string, { predictors: { alignment }, sink }: Pick<EnsembleReport, "predictors" | "sink">): string {
  if (!alignment) return `${where} there is no run in which a token is best aligned at the start and one wins.`;
  const guess = 1 / sink.counts.length;
  const compared = {
    above: "more often than",
    around: "neither more nor less often, as far as these runs show, than",
    below: "less often than",
  }[placeOf(alignment, guess)];
  return `${where} the token that was best aligned at the start won in ${percent(alignment)} of the runs: ${compared} a guess would be right (${shareText(guess)} %).`;
}

/** In how many runs a token leads at the start, and wins. Of the runs in which a token has the largest logit at the start, and one wins. */
export interface Lead {
  runs: number;
  led: number;
  won: number;
  /** Runs in which it led and did not win, and the other way round. */
  lost: number;
  gained: number;
  /** Runs in which it won and holds `polarizedAt` of the weight at the end: in which it is the sink. */
  sank: number;
}

/** Counts for token 0 how a lead at the start becomes a win, from rows as they come. */
export class LeadOfFirst {
  private readonly lead: Lead = { runs: 0, led: 0, won: 0, lost: 0, gained: 0, sank: 0 };
  private readonly threshold: number;

  constructor(polarizedAt: number) {
    this.threshold = Math.fround(polarizedAt); // as kernels have it
  }

  /** @param sound the indices of the runs that ended soundly */
  add(rows: Rows, sound: Uint32Array): void {
    const { lead } = this;
    const leaders = rows[predictors.logit];
    for (const run of sound) {
      if (leaders[run] === none || rows.sink[run] === none) continue;
      const [led, won] = [leaders[run] === 0, rows.sink[run] === 0];
      lead.runs++;
      lead.led += Number(led);
      lead.won += Number(won);
      lead.lost += Number(led && !won);
      lead.gained += Number(won && !led);
      lead.sank += Number(won && (rows.sinkShare[run] as number) >= this.threshold);
    }
  }

  result(): Lead {
    return { ...this.lead };
  }
}

/** In what share of the runs token 0 had the largest logit at the start, and won; undefined where no run has a winner. */
export function leadShares({ runs, led, won }: Lead): { led: Proportion; won: Proportion } | undefined {
  const [leads, wins] = [proportion(led, runs), proportion(won, runs)];
  return leads && wins && { led: leads, won: wins };
}

/**
 * What the lead of token 0 at the start is worth: how often it led, and won, and the difference, of the same runs. Whether it won more often
 * than it led is read off the interval of the difference, which is told: it leaves out 0, or does not (that is McNemar's test).
 */
export function leadClaim(where: string, lead: Lead): string {
  const { runs, lost, gained } = lead;
  const shares = leadShares(lead);
  const compared = comparedShares({ pairs: runs, first: Math.max(gained, lost), second: Math.min(gained, lost) });
  if (!shares || !compared) return `${where} no run has a winner: the largest shares are tied.`;
  const { difference, interval } = compared;
  const by = `${points(difference)} [${interval.map(points).join(", ")}] points`;
  const verdict = {
    above: `more often than it led, by ${by}`,
    below: `less often than it led, by ${by}`,
    around: `as often as it led, as far as these runs show (a difference of ${by})`,
  };
  const place = placeOf({ interval }, 0);
  const told = gained + lost > 0 ? verdict[place === "above" && lost > gained ? "below" : place] : "in the same runs";
  return `${where} token 0 had the largest logit at the start in ${percent(shares.led)} of ${counted(runs)}, and won in ${percent(shares.won)}: ${told}.`;
}

/** How often token 0 ended as a sink; undefined where no run has a winner. */
export function sankClaim({ runs, sank }: Lead, polarizedAt: number): string | undefined {
  const sinks = proportion(sank, runs);
  return sinks && `It ended as a sink, with ${shareText(polarizedAt, 0)} % of the weight or more, in ${percent(sinks)}.`;
}

type Fragility = NonNullable<EnsembleReport["fragility"]>;
/** `31.2 % (29.8 to 33.1)`: a relative change, its median and the middle 90 % of the runs. */
const changeText = (q: Quantiles): string => {
  const [low, middle, high] = [q.q05, q.median, q.q95].map((change) => shareText(change));
  return `${middle} % (${low} to ${high})`;
};

/**
 * What becomes of the output and of the answer at the end of runs where the winner is removed or nudged, or a random other token is removed:
 * medians over runs with the middle 90 %, and shares of runs. Undefined where no run has a winner that can be removed.
 */
export function fragilityClaim(where: string, { removal, nudge, adversarial }: Fragility): string | undefined {
  if (!removal?.sink || !removal.other) return undefined;
  const { flips } = removal;
  const [sink, other] = [flips?.sink, flips?.other].map((share) => (share ? `, and flips the answer in ${percent(share)} of runs` : ""));
  const attacked = adversarial?.flips?.sink;
  const nudged = nudge?.sink
    ? ` A nudge of the winner's value by ${nudgeSize} of its norm moves the output by ${changeText(nudge.sink)}${attacked ? `; along the gradient of the loss it flips the answer in ${percent(attacked)}` : ""}.`
    : "";
  return `${where} removing the winner moves the output by ${changeText(removal.sink)} of its length${sink}; removing a random other token moves it by ${changeText(removal.other)}${other}.${nudged}`;
}

/** The winners' shares at the end, median and middle 90 % of the runs: `98.6 % (98.3 to 98.8)`; undefined where no run has a winner. */
export function shareClaim({ sinkShare, sink }: Pick<EnsembleReport, "sinkShare" | "sink">): string | undefined {
  if (!sinkShare || sumOf(sink.counts) === 0) return undefined;
  const [low, middle, high] = [sinkShare.q05, sinkShare.median, sinkShare.q95].map((share) => shareText(share));
  return `${middle} % (${low} to ${high})`;
}
