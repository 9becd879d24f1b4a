import { type LossKind, losses } from "../../model/losses.ts";
import { type NormalizerKind, normalizers } from "../../model/normalizers.ts";
import { optimizerKinds, optimizers } from "../../model/optimizers.ts";
import { parseEnsemble } from "../../model/specification.ts";
import { powerOfTen } from "../../report/format.ts";
import { settings } from "../session.ts";
import { defaultEnsemble, lossKinds, normalizerKinds } from "../settings.ts";

/** The story without formulas, and the meaning of the page's words. */
export function Glossary() {
  return (
    <details class="panel glossary">
      <summary>
        <h2>In plain words</h2>
      </summary>
      <p>
        Think of a library with a few books, a <em>token</em> each. In every book stands a <em>value</em>. A spotlight, the{" "}
        <em>attention</em>, falls on the books, on some more than on others; what is read is the mixture of values in its light. The reader
        is told how far the mixture is from what was wanted, and both are changed a little: the light moves toward books that help, and what
        stands in a lit book moves toward what was wanted. Then again, and again: that is training by gradient descent.
      </p>
      <p>
        A book that is lit a little more is corrected a little more, may become more helpful, and so draw more light. Where that feedback
        goes on until one book has nearly all, that book is a <em>sink</em>. Whether it does hangs on the loss and on the normalizer, which
        shares the light out.{storiesShown()} In how many runs one book ends with nearly all, the numbers above say.
      </p>
      <dl>
        <dt>run</dt>
        <dd>One model, trained from one random start. All that is random follows from the seed and the run's number.</dd>
        <dt>normalizer</dt>
        <dd>
          What turns logits a, a number for each token, into weights p. A model reads V p, the mixture of the columns of V, one value for
          each token; a loss compares it with what was wanted, which is drawn at random for each run; gradient flow trains both a and V. The
          kinds:
          <ul>
            {normalizerKinds.map((kind) => (
              <li key={kind}>
                {kind}: <Formula text={`${normalizers[kind].says}${parametersOf(kind)}`} />
              </li>
            ))}
          </ul>
        </dd>
        <dt>winner</dt>
        <dd>The token that ends with the largest share, by however little. Where the two largest are tied, there is none.</dd>
        <dt>sink</dt>
        <dd>
          A winner that holds nearly all of the attention at the end: here, {Math.round(100 * defaultEnsemble.polarizedAt)} % or more.
        </dd>
        <dt>values' scale</dt>
        <dd>The standard deviation of the entries of V at the start.</dd>
        <dt>trained by</dt>
        <dd>
          Gradient flow, which is gradient descent in the limit of small steps; or an optimizer, which takes steps −η·D, of learning rate η,
          made from the gradient G. Label noise is added to the target that a step sees. The optimizers:
          <ul>
            {optimizerKinds.map((kind) => (
              <li key={kind}>
                {kind}: <Formula text={optimizers[kind].says.replaceAll("`", "")} />
              </li>
            ))}
          </ul>
        </dd>
        <dt>weight decay</dt>
        <dd>λ: ½λ‖·‖² of values and of logits is added to what training makes small. The losses on this page leave it out.</dd>
        <dt>where time ends</dt>
        <dd>
          With an optimizer, after its steps. Under gradient flow, at a time that the loss sets:{" "}
          {endsOf(lossKinds.filter((kind) => losses[kind].margin))}, losses without a minimum, which fall further and further;{" "}
          {endsOf(lossKinds.filter((kind) => !losses[kind].margin))}, losses with one.
        </dd>
        <dt>share</dt>
        <dd>
          A weight's part of all weights, |p|/Σ|p|: where weights do not add up to one, or are negative, as under{" "}
          {listOf(normalizerKinds.filter((kind) => !normalizers[kind].shares))}, they are compared by it.
        </dd>
        <dt>time</dt>
        <dd>
          Flow time: with an optimizer, the sum of its learning rates so far. The pictures move through its logarithm. All runs are followed
          to the end first; then their course is played back.
        </dd>
        <dt>leads for good</dt>
        <dd>The token has the largest share, and no other will have from then on.</dd>
        <dt>entropy</dt>
        <dd>How spread the shares are, −Σ s log s: log n if all n are alike, 0 if one has everything.</dd>
        <dt>95 % interval</dt>
        <dd>
          Where the share over all possible starts would lie, by Clopper and Pearson's method. One in twenty such intervals misses it, or
          fewer: among sixteen bars, one may well.
        </dd>
        <dt>WebGPU</dt>
        <dd>
          How a page computes on a graphics processor. A recent Chrome, Edge, Safari or Firefox has it; where it is off, the browser's
          settings or the system's graphics driver may say why.
        </dd>
        <dt>alignment</dt>
        <dd>−v·∇L: how well a token's value alone would lower the loss.</dd>
        <dt>logit + alignment</dt>
        <dd>
          a − v·∇L/‖∇L‖ at the start: the logit and the alignment in one number. Under softmax, with a loss of a margin, gradient flow makes
          this sum grow first while weights are nearly equal.
        </dd>
      </dl>
    </details>
  );
}

/** How the normalizers that are shown share the light out. */
function storiesShown(): string {
  const shown = [...new Set([settings.value.left, settings.value.right])];
  const [sharing, others] = [true, false].map((shares) => shown.filter((kind) => normalizers[kind].shares === shares)) as [
    string[],
    string[],
  ];
  return [
    sharing.length > 0 ? ` Under ${listOf(sharing)} the light adds up to one, so what one book gains the others lose.` : "",
    others.length > 0 ? ` Under ${listOf(others)} it is not simply shared out: it need not add up to one, or can be negative.` : "",
  ].join("");
}

const listOf = (words: readonly string[]) => new Intl.ListFormat("en-GB").format(words);

/** The parameters of a normalizer with their values: on this page, the defaults. */
function parametersOf(normalizer: NormalizerKind): string {
  const { kind: _, ...parameters } = parseEnsemble({ tokens: 2, normalizer }).normalizer;
  const values = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return values.length > 0 ? ` (here: ${listOf(values)})` : "";
}

/** The default end times of losses, each with the losses that have it. */
function endsOf(kinds: readonly LossKind[]): string {
  const times = [...new Set(kinds.map((kind) => losses[kind].time))];
  return times.map((time) => `${powerOfTen(time) || time} for ${listOf(kinds.filter((kind) => losses[kind].time === time))}`).join(", ");
}

/** A text from the tables of kinds: what follows ^ as a superscript (e^(−a)), what follows _ as a subscript (q_k). */
function Formula({ text }: { text: string }) {
  return <>{text.split(/(\^\([^()]*\)|\^\w|_\w)/).map(raised)}</>;
}

function raised(part: string) {
  if (part.startsWith("^")) return <sup>{part.replace(/^\^\(?|\)$/g, "")}</sup>;
  return part.startsWith("_") ? <sub>{part.slice(1)}</sub> : part;
}
