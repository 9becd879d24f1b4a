import type { LabResult } from "../protocol.ts";
import type { Side } from "../session.ts";
import { areaOf, pathOf } from "./axes.tsx";
import { Figure } from "./frame.tsx";
import { TimePlot } from "./timePlot.tsx";

const quantiles = ["q05", "q25", "median", "q75", "q95"] as const;

/** The entropy of all runs over log time, up to the playhead: median, 25 to 75 %, 5 to 95 %. */
export function EntropyFan({ result, side }: { result: LabResult; side: Side }) {
  const { overTime } = result.report;
  const bands = overTime?.entropy;
  const uniform = Math.log(result.ensemble.tokens);
  return (
    <Figure
      name={`entropy-${side}`}
      title="How spread the attention is"
      of={`${result.ensemble.normalizer.kind}, at the ${side}`}
      caption={
        bands
          ? "Entropy of the shares in nats: median, middle half and middle 90 % of the runs. Dashed: all tokens alike; 0: one has everything."
          : "These weights have no entropy where all of them are 0."
      }
      table={() => ({
        header: ["time", "5 %", "25 %", "median", "75 %", "95 %"],
        rows: (overTime?.times ?? []).map((time, i) => [time, ...quantiles.map((key) => bands?.[key][i])]),
      })}
    >
      <TimePlot
        times={result.settling.times}
        domain={[0, uniform * 1.05]}
        height={186}
        label="entropy in nats"
        left={38}
        reference={uniform}
        isRevealed
      >
        {(place) => {
          const line = (key: (typeof quantiles)[number]) => (bands?.[key] ?? []).map(place);
          return (
            <>
              <path class="band outer" d={areaOf(line("q95"), line("q05"))} />
              <path class="band" d={areaOf(line("q75"), line("q25"))} />
              <path class="median" d={pathOf(line("median"))} />
            </>
          );
        }}
      </TimePlot>
    </Figure>
  );
}
