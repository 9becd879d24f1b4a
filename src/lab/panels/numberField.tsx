import { useId, useState } from "preact/hooks";

interface NumberProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onNumber: (value: number) => void;
}

/** A field for one number. It says its range, and, where it refuses what was entered, why: what was entered stays until it is mended. */
export function NumberField({ label, onNumber, ...field }: NumberProps) {
  const { value, min, max, step } = field;
  const id = useId();
  const [typed, setTyped] = useState<{ text: string; why?: string; over: number } | undefined>(undefined);
  const entered = typed?.over === value ? typed : undefined; // another value in the meantime takes its place
  const range = `${min.toLocaleString("en")} to ${max.toLocaleString("en")}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        {...field}
        style={{ width: `${Math.max(4, String(max).length, String(step).length) + 3.5}ch` }}
        value={entered?.text ?? value}
        aria-invalid={entered?.why !== undefined}
        aria-describedby={`${id}-range${entered?.why ? ` ${id}-why` : ""}`}
        onInput={({ currentTarget }) => setTyped({ ...entered, text: currentTarget.value, over: value })}
        onChange={({ currentTarget }) => {
          const { value: text, validity, valueAsNumber } = currentTarget;
          if (text !== "" && validity.valid) {
            setTyped(undefined);
            onNumber(valueAsNumber);
            return;
          }
          const expected = step === 1 ? "whole number" : `number in steps of ${step}`;
          const why = `${label}: expected a ${expected} from ${range}, got ${text === "" ? "none" : text}; it is still ${value.toLocaleString("en")}.`;
          setTyped({ text, why, over: value });
        }}
      />
      <small id={`${id}-range`} class="range">
        {range}
      </small>
      {entered?.why && (
        <p role="alert" id={`${id}-why`} class="problem">
          {entered.why}
        </p>
      )}
    </div>
  );
}
