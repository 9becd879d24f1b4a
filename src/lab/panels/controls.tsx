import { useId } from "preact/hooks";
import { changeSettings, settings } from "../session.ts";
import { defaultSettings, lossKinds, type NumberKey, normalizerKinds, numberFields } from "../settings.ts";
import { NumberField } from "./numberField.tsx";

/** The fields of all settings. A change takes effect at once. */
export function Controls() {
  const { left, right, loss } = settings.value;
  return (
    <form class="controls" aria-label="The experiment" onSubmit={(event) => event.preventDefault()}>
      <Choice label="normalizer" value={left} kinds={normalizerKinds} onChoice={(left) => changeSettings({ left })} />
      <Choice label="beside it" value={right} kinds={normalizerKinds} onChoice={(right) => changeSettings({ right })} />
      <Choice label="loss" value={loss} kinds={lossKinds} onChoice={(loss) => changeSettings({ loss })} />
      {(Object.keys(numberFields) as NumberKey[]).map((key) => (
        <NumberField
          key={key}
          {...numberFields[key]}
          value={settings.value[key]}
          onNumber={(number) => changeSettings({ [key]: number })}
        />
      ))}
      <button type="button" onClick={() => changeSettings(defaultSettings)}>
        Reset
      </button>
    </form>
  );
}

interface ChoiceProps<K> {
  label: string;
  value: K;
  kinds: readonly K[];
  onChoice: (kind: K) => void;
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
