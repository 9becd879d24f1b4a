import { none } from "../../model/columns.ts";
import { palette } from "../../model/palette.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { quantileWithInterval } from "../../statistics/quantileInterval.ts";
import { type Survival, survival } from "../../statistics/survival.ts";
import { percent } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { panelsFigure } from "./panels.ts";
import type { Starts } from "./starts.ts";
import type { Table } from "./table.ts";
import { type Estimate, estimated } from "./words.ts";

/** A run in which the token of the largest logit at the start, which then has the largest share, does not win. */
export interface Overtaking {
  /** Its place at the start by a + u, and the winner's by logit, both from 1. */
  leader: number;
  winner: number;
  /** When the leading token last changed. Whether it can't change any more: the run has polarized. */
  time: number;
  isLast: boolean;
  /** When it would be by growth as near equal tokens: see `takeoverTime`. */
  expected: number;
}

const rankOf = (x: ArrayLike<number>, token: number): number => 1 + Array.from(x).filter((other) => other > (x[token] as number)).length;

/**
 * When a token passes all others by logit if differences only grow as they do near equal tokens: with κ = τ/n, u' = a and a' = u by κ,
 * the difference of two tokens is δa cosh κ + δu sinh κ, which is 0 at tanh κ = −δa/δu. Of logistic loss, ‖β‖ = 1, the margin is
 * m₀ + κ with m₀ the mean pull, so t = n(κ + e^(m₀ + κ) − e^(m₀)). Infinite where it does not pass one of them.
 * @param logits a, one a token @param pulls u
 */
export function takeoverTime(logits: ArrayLike<number>, pulls: ArrayLike<number>, token: number): number {
  const n = logits.length;
  let [latest, mean] = [0, 0];
  for (let i = 0; i < n; i++) {
    mean += (pulls[i] as number) / n;
    const [ahead, gain] = [(logits[i] as number) - (logits[token] as number), (pulls[token] as number) - (pulls[i] as number)];
    if (ahead > 0) latest = Math.max(latest, gain > ahead ? Math.atanh(ahead / gain) : Number.POSITIVE_INFINITY);
  }
  return n * (latest + Math.exp(mean) * Math.expm1(latest));
}

/** The runs of a point in which the token of the largest logit does not win. */
export function overtakingsOf({ logits, pulls, winners, byLogit, lockIn, polarization }: Starts): Overtaking[] {
  return winners.flatMap((winner, run) => {
    const leader = byLogit[run] as number;
    if (winner === undefined || leader === none || winner === leader) return [];
    const [a, u] = [logits, pulls].map((tokens) => tokens.map((numbers) => numbers[run] as number)) as [number[], number[]];
    const sum = a.map((x, i) => x + (u[i] as number));
    return [
      {
        leader: rankOf(sum, leader),
        winner: rankOf(a, winner),
        time: lockIn[run] as number,
        isLast: !Number.isNaN(polarization[run]),
        expected: takeoverTime(a, u, winner),
      },
    ];
  });
}

/** When the lead last changes in runs; in one that has not polarized it may change again, so there the time is one up to which it has not. */
export const lastChange = (those: readonly Pick<Overtaking, "time" | "isLast">[]): Survival | undefined =>
  survival(
    those.map(({ time, isLast }) => (isLast ? time : Number.NaN)),
    those.map(({ time }) => time),
  );
const timeOf = (those: readonly Overtaking[]): Estimate | undefined => {
  const found = lastChange(those);
  return found && { value: found.median, interval: found.medianInterval };
};

/** Places from here on are put together. */
const deepest = 5;
const placeText = (place: number) => (place === deepest ? `${deepest} or more` : String(place));

/** The pairs, by the place at the start of the token that is overtaken and of the one that overtakes it. */
export function pairsOf(all: readonly Overtaking[]): { leader: number; winner: number; those: readonly Overtaking[] }[] {
  const pairs = new Map<string, { leader: number; winner: number; those: Overtaking[] }>();
  for (const one of all) {
    const [leader, winner] = [Math.min(one.leader, deepest), Math.min(one.winner, deepest)];
    const key = `${leader} ${winner}`;
    const pair = pairs.get(key) ?? { leader, winner, those: [] };
    pair.those.push(one);
    pairs.set(key, pair);
  }
  return [...pairs.values()].sort((x, y) => x.leader - y.leader || x.winner - y.winner);
}

export function overtakingSentences(start: Starts): string[] {
  const all = overtakingsOf(start);
  const runs = start.byLogitRight.filter((right) => right !== undefined).length;
  if (all.length === 0) return [];
  const of = (holds: (one: Overtaking) => boolean): Proportion | undefined => proportion(all.filter(holds).length, all.length);
  const by = (place: number) => timeOf(all.filter(({ winner }) => Math.min(winner, deepest) === place));
  const ratio = quantileWithInterval(all.map(({ time, expected }) => time / expected));
  return [
    `In ${percent(proportion(all.length, runs))} of runs the token with the largest logit, which leads at the start, is overtaken; the last change of the lead is at a median t = ${estimated(timeOf(all))}. By a + β·v/‖β‖ this token was second in ${percent(of(({ leader }) => leader === 2))} of these runs, third in ${percent(of(({ leader }) => leader === 3))}; the token that wins was second by logit in ${percent(of(({ winner }) => winner === 2))}, third in ${percent(of(({ winner }) => winner === 3))}.`,
    `The farther back the winner begins, the later it takes the lead: at a median t = ${estimated(by(2))} where it was second by logit, ${estimated(by(deepest))} where it was fifth or farther. If differences only grew as they do near equal tokens it would pass another token at tanh(τ/n) = −δa/δu; the run's own time is ${estimated(ratio)} times the time that follows, as a median over runs.`,
  ];
}

/** Runs that the figure shows, at most. */
const maxDrawn = 200;

export function overtakingFigure(Plot: PlotModule, start: Starts): Figure {
  const drawn = overtakingsOf(start)
    .filter(({ time, expected }) => time > 0 && Number.isFinite(expected))
    .slice(0, maxDrawn);
  const ends = drawn.flatMap(({ time, expected }) => [time, expected]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const colors = [palette.blue, palette.sky, palette.green, palette.orange];
  const says = (place: number) => (place === deepest ? "fifth or farther" : (["second", "third", "fourth"][place - 2] as string));
  const series = [2, 3, 4, deepest].map((place, i) => ({ place, label: `winner ${says(place)} by logit`, color: colors[i] as string }));
  return panelsFigure(
    Plot,
    {
      name: "winner-overtakes",
      title: "When the token that leads at the start is overtaken",
      caption: `A dot a run, the first ${drawn.length} in which the largest logit does not win: the last change of the lead, by when it would be if differences of tokens grew as they do near equal tokens, without a fit; dashed, where both are the same.`,
    },
    [
      {
        x: { label: "flow time by linear growth", log: true },
        y: { label: "flow time of the last change", log: true },
        dots: series.flatMap(({ place, label, color }) =>
          drawn
            .filter(({ winner }) => Math.min(winner, deepest) === place)
            .map(({ time, expected }) => ({ series: label, color, x: expected, y: time })),
        ),
        curves: [
          {
            series: "both the same",
            color: "currentColor",
            dashed: true,
            points: [
              { x: low, y: low },
              { x: high, y: high },
            ],
          },
        ],
      },
    ],
    series,
  );
}

export const overtakingTable = (start: Starts): Table => {
  const all = overtakingsOf(start);
  return {
    name: "winner-pairs",
    title:
      "Default start, the runs in which the token of the largest logit, which leads at the start, does not win: by its place by a + β·v/‖β‖ at the start and the winner's place by logit, their share of these runs, and the median of the time at which the lead last changes (Kaplan-Meier; a run that has not polarized is censored there).",
    columns: [
      { title: "leader's place by a + β·v/‖β‖", holds: "name" },
      { title: "winner's place by logit", holds: "name" },
      { title: "runs", holds: "count" },
      { title: "share", holds: "share" },
      { title: "last change of the lead", holds: "estimate" },
      { title: "censored", holds: "count" },
    ],
    rows: pairsOf(all).map(({ leader, winner, those }) => [
      placeText(leader),
      placeText(winner),
      those.length,
      proportion(those.length, all.length),
      timeOf(those),
      lastChange(those)?.censored,
    ]),
  };
};
