import { answer } from "../report/answer.ts";
import { alignedClaim, leadClaim, shareClaim, winnerClaim } from "../report/claims.ts";
import { unbroken } from "./format.ts";
import { BreakIt } from "./panels/breakIt.tsx";
import { Check } from "./panels/check.tsx";
import { Controls } from "./panels/controls.tsx";
import { Decides, showDecides } from "./panels/decides.tsx";
import { Glossary } from "./panels/glossary.tsx";
import { HeadStart } from "./panels/headStart.tsx";
import { Lens } from "./panels/lens.tsx";
import { Memory } from "./panels/memory.tsx";
import { SidePanel } from "./panels/sidePanel.tsx";
import { Status } from "./panels/status.tsx";
import { TakeAway } from "./panels/takeAway.tsx";
import { Timeline } from "./panels/timeline.tsx";
import type { LabResult } from "./protocol.ts";
import { isStale, results, runsShown, settings } from "./session.ts";
import { memoryOf } from "./settings.ts";
import { useNarrow } from "./widths.ts";

export function App() {
  const { left, right, optimizer } = settings.value;
  const runs = runsShown();
  const isNarrow = useNarrow();
  const [leftSide, rightSide, lens] = [<SidePanel key="left" side="left" />, <SidePanel key="right" side="right" />, <Lens key="lens" />];
  return (
    <>
      <header>
        <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>(".heatmap")?.focus()}>
          Skip to the pictures
        </button>
        <h1>sinkflow</h1>
        <p class="lead">
          Attention gives every token a weight. Does training give one token nearly all of it, and make it a <em>sink</em>?{" "}
          <span class="more">
            {runs === 1 ? "One small model is" : `${runs.toLocaleString("en")} small models are`} trained here, in this tab
            {optimizer === "flow" ? "" : ` by ${optimizer}`}, {runs === 1 ? "from a random start" : "each from its own random start"}: under{" "}
            {left}
            {left === right ? "" : `, and from the same ${runs === 1 ? "start" : "starts"} under ${right}`}.
          </span>
        </p>
      </header>
      <Controls />
      <main class={isStale.value ? "stale" : ""} aria-busy={isStale.value}>
        <Answer />
        <Timeline />
        <Status />
        <div class="sides">{isNarrow ? [leftSide, lens, rightSide] : [leftSide, rightSide, lens]}</div>
        <div class="panels">
          <Decides />
          <Memory />
          <HeadStart />
          <BreakIt />
          <Check />
          <TakeAway />
          <Glossary />
        </div>
      </main>
      <footer>
        <p>
          The value-softmax model and the theorem behind it:{" "}
          <a href="https://arxiv.org/abs/2603.06248" rel="noreferrer">
            arXiv 2603.06248
          </a>
          . Everything here is computed in this tab, and nothing leaves it.
        </p>
      </footer>
    </>
  );
}

const pointOf = ({ ensemble, report }: LabResult, parameters: Record<string, unknown>) => ({ ...report, ensemble, parameters });

/** The result in words, once there is one: the sentences of a report, who wins, what a head start or a memory did, and how large the largest shares are. */
function Answer() {
  const shown = results.value;
  if (!shown) return <section class="answer" aria-label="The result in words" aria-live="polite" />;
  const { left, right } = shown;
  const kinds = [left, right].map(({ ensemble }) => ensemble.normalizer.kind);
  const isOne = kinds[0] === kinds[1];
  const sides = isOne ? [left] : [left, right];
  const points = sides.map((one, i) => pointOf(one, isOne ? {} : { normalizer: kinds[i] }));
  const shares = points.flatMap((point) => {
    const claim = point.runs > 1 ? shareClaim(point) : undefined;
    return claim ? [`${isOne ? "" : `${point.ensemble.normalizer.kind} `}${claim}`] : [];
  });
  const { head, optimizer } = shown.of;
  const whereOf = ({ ensemble }: LabResult) => `Under ${ensemble.normalizer.kind}`;
  const asked = sides.flatMap((side) => [
    ...(head === 0 ? [] : [leadClaim(whereOf(side), side.lead)]),
    ...(memoryOf(optimizer) ? [alignedClaim(whereOf(side), side.report)] : []),
  ]);
  return (
    <section class="answer" aria-label="The result in words" aria-live="polite">
      <p>{unbroken(answer({ points }))}</p>
      <p class="asked">
        <span class="more">{unbroken(sides.map((side) => winnerClaim(whereOf(side), side.report)).join(" "))} </span>
        <button type="button" class="link" onClick={showDecides}>
          What decides the winner?
        </button>
      </p>
      {asked.length > 0 && <p class="asked">{unbroken(asked.join(" "))}</p>}
      {shares.length > 0 && (
        <p class="soft">{unbroken(`The winner's share at the end, median and middle 90 % of the runs: ${shares.join(", ")}.`)}</p>
      )}
    </section>
  );
}
