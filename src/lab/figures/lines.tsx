import { none } from "../../model/columns.ts";
import type { LabResult } from "../protocol.ts";
import { type Quantity, tokensAt, winnerOf } from "../sampled.ts";
import type { Side } from "../session.ts";
import { areaOf, type Position, pathOf, ticksOf } from "./axes.tsx";
import { Figure } from "./frame.tsx";
import { TimePlot } from "./timePlot.tsx";

const quantities: Record<Quantity, { title: string; label: string; caption: string }> = {
  shares: {
    title: "Attention",
    label: "share",
    caption: "How much of the run's attention each token has; the winner, if there is one, is colored.",
  },
  alignments: {
    title: "Alignment",
    label: "−v·∇L",
    caption: "How well each token's value alone would lower the loss, −v·∇L. The gradient fades as the loss falls, and alignments with it.",
  },
};

/** Tokens beside the winner that have a line of their own, at most: those that come to the largest numbers. The others share a band. */
const maxLines = 11;
/** Lines are named at their right end where they are so far apart, in units of the figure. */
const labelGap = 12;

/** One run over log time, a line a token. */
export function Lines({ result, quantity, run, side }: { result: LabResult; quantity: Quantity; run: number; side: Side }) {
  const { sampled, ensemble } = result;
  const { times } = sampled;
  const series = times.map((_, slot) => tokensAt(sampled, quantity, run, slot));
  const tokens = Array.from({ length: sampled.tokens }, (_, token) => token);
  const numbers = series.flatMap((entries) => [...entries]).filter(Number.isFinite);
  const domain = quantity === "shares" ? ([0, 1] as const) : ([Math.min(0, ...numbers), Math.max(1e-9, ...numbers)] as const);
  const winner = winnerOf(result, run);
  const peaks = tokens.map((token) => Math.max(...series.map((entries) => entries[token] as number)));
  const others = tokens.filter((token) => token !== winner).sort((a, b) => (peaks[b] as number) - (peaks[a] as number));
  const [lines, banded] = [others.slice(0, maxLines), others.slice(maxLines)];
  const { title, label, caption } = quantities[quantity];
  const rest = banded.length > 0 ? ` A line has each of the ${lines.length} other tokens that come to most; the rest lie in the band.` : "";
  return (
    <Figure
      name={`run-${run}-${quantity}-${side}`}
      title={`${title} in run ${run} under ${ensemble.normalizer.kind}`}
      of={`at the ${side}`}
      caption={caption + rest}
      table={() => ({
        header: ["time", ...tokens.map((token) => `token ${token}`)],
        rows: times.map((time, i) => [time, ...(series[i] as Float32Array)]),
      })}
    >
      <TimePlot times={times} domain={domain} height={204} label={label} left={44} right={30} format={formatOf(domain)}>
        {(place) => {
          const positions = (token: number) => series.map((entries, slot) => place(entries[token] as number, slot));
          const edge = (of: (...numbers: number[]) => number) =>
            series.map((entries, slot) => place(of(...banded.map((token) => entries[token] as number)), slot));
          return (
            <>
              {banded.length > 0 && <path class="rest" d={areaOf(edge(Math.max), edge(Math.min))} />}
              {lines.map((token) => (
                <path key={token} class="other" d={pathOf(positions(token))} />
              ))}
              {winner !== none && <path class="median" d={pathOf(positions(winner))} />}
              {labelsOf(winner === none ? lines : [winner, ...lines], (token) => positions(token).at(-1) as Position)}
            </>
          );
        }}
      </TimePlot>
    </Figure>
  );
}

/** The numbers of tokens at the ends of their lines, as far as there is room; the first token has it in any case. */
function labelsOf(tokens: readonly number[], end: (token: number) => Position) {
  const taken: number[] = [];
  return tokens.map((token) => {
    const [x, y] = end(token);
    if (!Number.isFinite(y) || taken.some((other) => Math.abs(other - y) < labelGap)) return null;
    taken.push(y);
    return <text key={token} x={x + 5} y={y + 4}>{`${token}`}</text>;
  });
}

/** Shows ticks with as many decimals as they need to differ, six at most. */
function formatOf(domain: readonly [number, number]): (tick: number) => string {
  const [tick = 0, nextTick = 1] = ticksOf(...domain, 4);
  const decimals = Math.max(0, -Math.floor(Math.log10(nextTick - tick) + 1e-9));
  return (value) => value.toFixed(Math.min(6, decimals));
}
