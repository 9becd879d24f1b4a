import { useId } from "preact/hooks";
import { type LossKind, losses } from "../../model/losses.ts";
import { type NormalizerKind, normalizers } from "../../model/normalizers.ts";
import { initial, most } from "../experiment.ts";
import { change, experiment, problem } from "../session.ts";

const normalizerKinds = Object.keys(normalizers) as NormalizerKind[];
const lossKinds = Object.keys(losses) as LossKind[];

/** What can be changed; each takes effect at once. */
export function Controls() {
  const { tokens, loss, left, right, scale, head, seed, runs } = experiment.value;
  return (
    <form class="controls" aria-label="The experiment" onSubmit={(event) => event.preventDefault()}>
      <Choice label="normalizer" value={left} kinds={normalizerKinds} onChoice={(left) => change({ left })} />
      <Choice label="beside it" value={right} kinds={normalizerKinds} onChoice={(right) => change({ right })} />
      <Choice label="loss" value={loss} kinds={lossKinds} onChoice={(loss) => change({ loss })} />
      <NumberField label="tokens" value={tokens} min={2} max={most.tokens} step={1} onNumber={(tokens) => change({ tokens })} />
      <NumberField label="runs" value={runs} min={1} max={most.runs} step={1} onNumber={(runs) => change({ runs })} />
      <NumberField label="values' scale" value={scale} min={0} max={10} step={0.01} onNumber={(scale) => change({ scale })} />
      <NumberField label="head start" value={head} min={-2} max={2} step={0.01} onNumber={(head) => change({ head })} />
      <NumberField label="seed" value={seed} min={0} max={0xffffffff} step={1} onNumber={(seed) => change({ seed })} />
      <button type="button" onClick={() => change(initial)}>
        Reset
      </button>
    </form>
  );
}

function Choice<K extends string>({ label, value, kinds, onChoice }: ChoiceProps<K>) {
  const id = useId();
  return (
    <div>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoice(event.currentTarget.value as K)}>
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
    </div>
  );
}

interface ChoiceProps<K> {
  label: string;
  value: K;
  kinds: readonly K[];
  onChoice: (kind: K) => void;
}

export function NumberField({ label, onNumber, ...field }: NumberProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="number"
        {...field}
        onChange={({ currentTarget }) => {
          if (currentTarget.value !== "" && currentTarget.validity.valid) {
            if (problem.value?.startsWith(`${label}: expected`)) problem.value = undefined;
            onNumber(currentTarget.valueAsNumber);
            return;
          }
          // What can't be is not taken: the field shows again what is.
          const { value, min, max, step } = field;
          const got = currentTarget.value === "" ? "nothing that is one" : currentTarget.value;
          problem.value = `${label}: expected a ${step === 1 ? "whole number" : `number in steps of ${step}`} from ${min} to ${max}, got ${got}; it is still ${value}.`;
          currentTarget.value = String(value);
        }}
      />
    </label>
  );
}

interface NumberProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onNumber: (value: number) => void;
}
