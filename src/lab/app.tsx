import { percent } from "./format.ts";
import { BreakIt } from "./panels/breakIt.tsx";
import { Check } from "./panels/check.tsx";
import { Controls } from "./panels/controls.tsx";
import { Glossary } from "./panels/glossary.tsx";
import { HeadStart } from "./panels/headStart.tsx";
import { Lens } from "./panels/lens.tsx";
import { SidePanel } from "./panels/sidePanel.tsx";
import { Status } from "./panels/status.tsx";
import { TakeAway } from "./panels/takeAway.tsx";
import { Timeline } from "./panels/timeline.tsx";
import type { LabResult } from "./protocol.ts";
import { results, runsInTab, settings, sides } from "./session.ts";

export function App() {
  const { left, right } = settings.value;
  return (
    <>
      <header>
        <h1>sinkflow</h1>
        <div class="lead">
          <p>
            Train attention with softmax, and it drifts toward giving all its weight to one token, the <em>sink</em>. Below, thousands of
            small attention models are trained at once in this tab, each from its own random start: under {left}, and from the same starts
            under {right}.
          </p>
          <p class="soft">
            A model reads V σ(a): the normalizer σ turns logits a, one a token, into weights, and these mix the columns of V, a value a
            token. A loss compares the mixture with what was wanted, drawn at random for each run, and gradient flow trains both a and V.
          </p>
        </div>
      </header>
      <Controls />
      <Status />
      <main>
        <Timeline />
        <div class="sides">
          {sides.map((side) => (
            <SidePanel key={side} side={side} />
          ))}
        </div>
        <Answer />
        <div class="panels">
          <Lens />
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

/** "48 runs", or "the first 48 runs" while the others are not followed yet. */
const countOf = (runs: number) => `${runs < runsInTab() ? "the first " : ""}${runs.toLocaleString("en")} runs`;

function sentence({ ensemble, report: { polarized, sinkShare, runs, sink } }: LabResult): string {
  const { kind } = ensemble.normalizer;
  if (!polarized || !sinkShare) return `Under ${kind}, no run came to a sound end.`;
  if (sink.tied === runs) return `Under ${kind}, all ${countOf(runs)} end tied: no sink.`;
  return `Under ${kind}, one token ends with ${Math.round(100 * ensemble.polarizedAt)} % of the attention or more in ${percent(polarized)} of ${countOf(runs)}; the largest share at the end is ${(100 * sinkShare.median).toFixed(1)} % in the median run.`;
}

/** The result in words, once there is one. */
function Answer() {
  const now = results.value;
  return (
    <section class="answer" aria-label="The result in words" aria-live="polite">
      {now && sides.map((side) => <p key={side}>{sentence(now[side])}</p>)}
    </section>
  );
}
