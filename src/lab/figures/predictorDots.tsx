import { predictorLabels, predictorNames } from "../../report/claims.ts";
import { colorOf } from "../colors.ts";
import { type Shown, sides } from "../session.ts";
import { BottomAxis, scaleOf } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useWidth } from "./hooks.ts";

/** Height of the row of a predictor, and how far above and below its middle the two normalizers stand. */
const [rowHeight, offset] = [34, 6];

/** How often the token that led at the start by each measure won, under both normalizers. */
export function PredictorDots({ shown }: { shown: Shown }) {
  const [box, width] = useWidth(720);
  const names = predictorNames.filter((name) => sides.some((side) => shown[side].report.predictors[name]));
  const frame = { left: 140, right: width - 20, top: 6, bottom: 6 + rowHeight * names.length };
  const x = scaleOf([0, 1], frame.left, frame.right);
  const guess = 1 / shown.of.tokens;
  const kindOf = (side: (typeof sides)[number]) => shown[side].ensemble.normalizer.kind;
  return (
    <Figure
      name="predictors"
      title="How often the leader at the start wins"
      caption="By each measure of a token at the start, with 95 % intervals, in the colors of the normalizers; dashed, what a guess gets. Logit: a. Alignment: −v·∇L. Logit + alignment: a − v·∇L/‖∇L‖, told under softmax and losses of a margin."
      table={() => ({
        header: ["measure", ...sides.flatMap((side) => ["share", "low", "high"].map((part) => `${kindOf(side)}, ${side}: ${part}`))],
        rows: names.map((name) => [
          predictorLabels[name],
          ...sides.flatMap((side) => {
            const found = shown[side].report.predictors[name];
            return [found?.share, found?.interval[0], found?.interval[1]];
          }),
        ]),
      })}
    >
      <Plot box={box} width={width} height={frame.bottom + 38}>
        <BottomAxis
          box={frame}
          ticks={[0, 0.25, 0.5, 0.75, 1].map((share) => ({ at: x(share), text: `${100 * share} %` }))}
          label="of the runs"
          hasMarks
        />
        <line class="reference" x1={x(guess)} x2={x(guess)} y1={frame.top} y2={frame.bottom} />
        {names.map((name, row) => {
          const middle = frame.top + rowHeight * (row + 0.5);
          return (
            <g key={name}>
              <text x={frame.left - 10} y={middle + 4} text-anchor="end">
                {predictorLabels[name]}
              </text>
              {sides.map((side, i) => {
                const found = shown[side].report.predictors[name];
                if (!found) return null;
                const y = middle + (2 * i - 1) * offset;
                return (
                  <g key={side} style={{ "--color": colorOf(kindOf(side)) }}>
                    <line class="interval" stroke-width={1.5} x1={x(found.interval[0])} x2={x(found.interval[1])} y1={y} y2={y} />
                    <circle class="dot" cx={x(found.share)} cy={y} r={4.5} />
                  </g>
                );
              })}
            </g>
          );
        })}
      </Plot>
    </Figure>
  );
}
