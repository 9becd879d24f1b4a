import { predictorLabels, predictorsClaim } from "../../report/claims.ts";
import { PredictorDots } from "../figures/predictorDots.tsx";
import { results, sides } from "../session.ts";

const heading = "decides";

/** Brings the panel into view, and the keyboard to it. */
export function showDecides(): void {
  const title = document.getElementById(heading);
  title?.scrollIntoView({ block: "start" });
  title?.focus({ preventScroll: true });
}

/** How well what is known at the start tells the winner. */
export function Decides() {
  const shown = results.value;
  if (!shown) return null;
  const isSummed = sides.some((side) => shown[side].report.predictors.mode);
  return (
    <section class="panel" aria-labelledby={heading}>
      <h2 id={heading} tabIndex={-1}>
        What decides the winner?
      </h2>
      <p>
        Before training each token has a logit, from which its weight is made, and an alignment: how much its value would help. Call the
        token that has the largest of them the leader, by logit or by alignment. Does the leader win?
        {isSummed && ` “${predictorLabels.mode}” is the sum of the two, in which the alignment is divided by the length of the gradient.`}
        {isSummed && shown.of.optimizer === "flow" && " Near equal weights gradient flow makes this sum grow first."}
      </p>
      <div aria-live="polite" data-name="decides">
        {sides.map((side) => (
          <p key={side}>{predictorsClaim(`Under ${shown[side].ensemble.normalizer.kind}`, shown[side].report)}</p>
        ))}
      </div>
      <PredictorDots shown={shown} />
    </section>
  );
}
