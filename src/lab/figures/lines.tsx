import { none } from "../../model/columns.ts";
import type { LabResult } from "../protocol.ts";
import { type Quantity, sinkOf, tokensAt } from "../sampled.ts";
import { pathOf, ticksOf } from "./axes.tsx";
import { Figure } from "./frame.tsx";
import { TimePlot } from "./timePlot.tsx";

export const quantities: Record<Quantity, { title: string; caption: string }> = {
  shares: { title: "Attention", caption: "How much of the run's attention each token has; the sink, if there is one, is colored." },
  alignments: {
    title: "Alignment",
    caption: "How well each token's value alone would lower the loss, −v·∇L. The gradient fades as the loss falls, and alignments with it.",
  },
};

/** One run over log time, a line a token. */
export function Lines({ result, quantity, run, side }: { result: LabResult; quantity: Quantity; run: number; side: string }) {
  const { sampled, ensemble } = result;
  const { times } = sampled;
  const series = times.map((_, slot) => tokensAt(sampled, quantity, run, slot));
  const tokens = Array.from({ length: sampled.tokens }, (_, token) => token);
  const numbers = series.flatMap((entries) => [...entries]).filter(Number.isFinite);
  const domain = quantity === "shares" ? ([0, 1] as const) : ([Math.min(0, ...numbers), Math.max(1e-9, ...numbers)] as const);
  const sink = sinkOf(result, run);
  const { title, caption } = quantities[quantity];
  return (
    <Figure
      name={`run-${run}-${quantity}-${side}`}
      title={`${title} under ${ensemble.normalizer.kind}`}
      caption={caption}
      table={() => ({
        header: ["time", ...tokens.map((token) => `token ${token}`)],
        rows: times.map((time, i) => [time, ...(series[i] as Float32Array)]),
      })}
    >
      <TimePlot times={times} domain={domain} height={190} left={44} format={formatOf(domain)}>
        {(place) => {
          const path = (token: number) => pathOf(series.map((entries, slot) => place(entries[token] as number, slot)));
          return (
            <>
              {tokens.map((token) => token !== sink && <path key={token} class="other" d={path(token)} />)}
              {sink !== none && <path class="median" d={path(sink)} />}
            </>
          );
        }}
      </TimePlot>
    </Figure>
  );
}

/** Shows ticks with as many decimals as they need to differ, six at most. */
function formatOf(domain: readonly [number, number]): (tick: number) => string {
  const [tick = 0, nextTick = 1] = ticksOf(...domain, 4);
  const decimals = Math.max(0, -Math.floor(Math.log10(nextTick - tick) + 1e-9));
  return (value) => value.toFixed(Math.min(6, decimals));
}
