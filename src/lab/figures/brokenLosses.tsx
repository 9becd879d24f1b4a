import type { Fragility } from "../../ensemble/fragility.ts";
import { powerOfTen } from "../../report/format.ts";
import { colorOf } from "../colors.ts";
import { type Side, sides } from "../session.ts";
import type { LabSettings } from "../settings.ts";
import { areaOf, BottomAxis, LeftAxis, type Position, pathOf, scaleOf, ticksOf, titleHeight } from "./axes.tsx";
import { Figure, Plot } from "./frame.tsx";
import { useWidth } from "./hooks.ts";

const height = 230;

interface BrokenLossesProps {
  broken: Record<Side, Fragility>;
  /** The parts of the winner's value that are taken away, evenly spaced from 0 to 1. */
  parts: readonly number[];
  /** Index of the part that is chosen. */
  chosen: number;
  settings: LabSettings;
}

/** The loss, on a logarithmic axis, by the part of the winner's value that is taken away. */
export function BrokenLosses({ broken, parts, chosen, settings }: BrokenLossesProps) {
  const [box, width] = useWidth(720);
  const frame = { left: 52, right: width - 26, top: titleHeight, bottom: height - 36 };
  const positive = sides.flatMap((side) => broken[side].losses.flatMap(({ q05, q95 }) => [q05, q95])).filter((loss) => loss > 0);
  const [low, high] = [Math.floor(Math.log10(Math.min(1, ...positive))), Math.ceil(Math.log10(Math.max(...positive, 1e-12)))];
  const x = scaleOf([0, parts.length - 1], frame.left, frame.right);
  const yOfPower = scaleOf([low, Math.max(low + 1, high)], frame.bottom, frame.top);
  const powers = ticksOf(low, high, 5).filter(Number.isInteger);
  const y = (loss: number) => yOfPower(Math.log10(Math.max(loss, 10 ** low)));
  const line = (side: Side, key: "q05" | "median" | "q95") => broken[side].losses.map((loss, i): Position => [x(i), y(loss[key])]);
  return (
    <Figure
      name="broken"
      title="Loss by the part that is taken"
      caption="Medians over runs, and 90 % of them, by the part of the winner's value that is taken away. Each run is followed in float64."
      table={() => ({
        header: ["part", ...sides.flatMap((side) => ["5 %", "median", "95 %"].map((name) => `${settings[side]}, ${side}: ${name}`))],
        rows: parts.map((part, i) => [
          part,
          ...sides.flatMap((side) => {
            const { q05, median, q95 } = broken[side].losses[i] ?? {};
            return [q05, median, q95];
          }),
        ]),
      })}
    >
      <Plot box={box} width={width} height={height}>
        <LeftAxis box={frame} label="loss" ticks={powers.map((power) => ({ at: yOfPower(power), text: powerOfTen(10 ** power) }))} />
        <BottomAxis
          box={frame}
          ticks={[0, 0.25, 0.5, 0.75, 1].map((part) => ({ at: x(part * (parts.length - 1)), text: `${100 * part} %` }))}
          label="part taken away"
        />
        {sides.map((side) => (
          <g key={side} style={{ "--color": colorOf(settings[side]) }}>
            <path class="band outer" d={areaOf(line(side, "q95"), line(side, "q05"))} />
            <path class="median" d={pathOf(line(side, "median"))} />
            {broken[side].losses[chosen] && <circle class="dot" cx={x(chosen)} cy={y(broken[side].losses[chosen].median)} r={4.5} />}
          </g>
        ))}
        <line class="cursor" x1={x(chosen)} x2={x(chosen)} y1={frame.top} y2={frame.bottom} />
      </Plot>
    </Figure>
  );
}
