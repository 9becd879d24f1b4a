import { useId } from "preact/hooks";
import { short } from "../../report/format.ts";
import { writeAddress } from "../address.ts";
import { changeSettings, maxRunsOnCpu, opened, runsInTab, settings } from "../session.ts";
import {
  defaultSettings,
  type LabSettings,
  lossKinds,
  memoryOf,
  type NumberKey,
  namedExperiments,
  normalizerKinds,
  numberFields,
  reachOf,
  settingsOf,
  trainingKeys,
  trainings,
} from "../settings.ts";
import { useWide } from "../widths.ts";
import { NumberField } from "./numberField.tsx";

/** Experiments to begin with, and the fields of all settings. A change takes effect at once. */
export function Controls() {
  const isOpen = useWide();
  const { left, right, loss, optimizer } = settings.value;
  const memory = memoryOf(optimizer);
  const keys = Object.keys(numberFields) as NumberKey[];
  return (
    <section class="experiment" aria-label="The experiment">
      <Experiments />
      <details class="folds" open={isOpen.value} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
        <summary>Settings</summary>
        <form class="controls" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
          <Choice label="normalizer" value={left} kinds={normalizerKinds} onChoice={(left) => changeSettings({ left })} />
          <Choice label="beside it" value={right} kinds={normalizerKinds} onChoice={(right) => changeSettings({ right })} />
          <Choice label="loss" value={loss} kinds={lossKinds} onChoice={(loss) => changeSettings({ loss })} />
          <Choice label="trained by" value={optimizer} kinds={trainings} onChoice={(kind) => changeSettings(settingsOf(kind))} />
          {keys
            .filter((key) => !trainingKeys.includes(key))
            .map((key) => (
              <NumberField key={key} {...fieldOf(key)} onNumber={(number) => changeSettings({ [key]: number })} />
            ))}
          {optimizer !== "flow" &&
            trainingKeys
              .filter((key) => key !== "memory" || memory)
              .map((key) => (
                <NumberField
                  key={key}
                  {...fieldOf(key)}
                  {...(key === "memory" && memory && { label: memory.symbol })}
                  onNumber={(number) => changeSettings({ [key]: number })}
                />
              ))}
          {memory && (
            <p class="rho">
              ρ = learning rate/(1 − {memory.symbol}) = <strong>{short(reachOf(settings.value))}</strong>
            </p>
          )}
        </form>
      </details>
    </section>
  );
}

/** A field with what it holds in this tab, which follows fewer runs where there is no WebGPU. */
function fieldOf(key: NumberKey) {
  const field = { ...numberFields[key], value: settings.value[key] };
  if (key !== "runs") return field;
  return { ...field, value: runsInTab(), max: opened.value?.kind === "cpu" ? maxRunsOnCpu : field.max };
}

const fragmentOf = (settings: LabSettings) => `#${writeAddress({ settings, run: 0 })}`;

/** Named experiments, each an address. */
function Experiments() {
  const now = fragmentOf(settings.value);
  return (
    <nav aria-label="Experiments to begin with">
      {namedExperiments.map(({ name, settings: own }) => {
        const address = fragmentOf({ ...defaultSettings, ...own });
        return (
          <a
            key={name}
            href={address}
            {...(address === now && { "aria-current": "page" })}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return; // which opens it in a tab of its own
              event.preventDefault();
              changeSettings({ ...defaultSettings, ...own }); // run and time stay
            }}
          >
            {name}
          </a>
        );
      })}
    </nav>
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
    <div class="field">
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
