import { useEffect, useId, useState } from "preact/hooks";

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
  const [refused, setRefused] = useState<{ text: string; why: string } | undefined>(undefined);
  useEffect(() => setRefused(undefined), [value]);
  const range = `${min.toLocaleString("en")} to ${max.toLocaleString("en")}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        {...field}
        value={refused?.text ?? value}
        aria-invalid={refused !== undefined}
        aria-describedby={`${id}-range${refused ? ` ${id}-why` : ""}`}
        onChange={({ currentTarget }) => {
          const { value: text, validity, valueAsNumber } = currentTarget;
          if (text !== "" && validity.valid) {
            setRefused(undefined);
            onNumber(valueAsNumber);
            return;
          }
          const expected = step === 1 ? "whole number" : `number in steps of ${step}`;
          const why = `${label}: expected a ${expected} from ${range}, got ${text === "" ? "none" : text}; it is still ${value}.`;
          setRefused({ text, why });
        }}
      />
      <small id={`${id}-range`} class="range">
        {range}
      </small>
      {refused && (
        <p role="alert" id={`${id}-why`} class="problem">
          {refused.why}
        </p>
      )}
    </div>
  );
}
