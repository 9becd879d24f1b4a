import { predictorsClaim } from "../../report/claims.ts";
import { PredictorDots } from "../figures/predictorDots.tsx";
import { results, sides } from "../session.ts";

/** How well what is known at the start tells the winner. */
export function Decides() {
  const shown = results.value;
  if (!shown) return null;
  return (
    <section class="panel" aria-labelledby="decides">
      <h2 id="decides">What decides the winner?</h2>
      <p>
        Before training each token has a logit, from which its weight is made, and an alignment: how much its value would help. Call the
        token that has the largest of them the leader, by logit or by alignment. Does the leader win? Near equal weights, under softmax and
        losses of a margin, a sum of the two grows first: the mode.
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
