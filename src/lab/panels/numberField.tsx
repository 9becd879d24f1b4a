import { problem } from "../session.ts";

interface NumberProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onNumber: (value: number) => void;
}

/** A field for one number. It refuses a number outside its range: the page says why, and the field shows the old value again. */
export function NumberField({ label, onNumber, ...field }: NumberProps) {
  const { value, min, max, step } = field;
  return (
    <label>
      <span>{label}</span>
      <input
        type="number"
        {...field}
        onChange={({ currentTarget }) => {
          if (currentTarget.value !== "" && currentTarget.validity.valid) {
            if (problem.value?.field === label) problem.value = undefined;
            onNumber(currentTarget.valueAsNumber);
            return;
          }
          const got = currentTarget.value === "" ? "nothing that is one" : currentTarget.value;
          const expected = step === 1 ? "whole number" : `number in steps of ${step}`;
          problem.value = {
            field: label,
            message: `${label}: expected a ${expected} from ${min} to ${max}, got ${got}; it is still ${value}.`,
          };
          currentTarget.value = String(value);
        }}
      />
    </label>
  );
}
