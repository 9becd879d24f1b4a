import { describe, expect, it } from "vitest";
import { csvOf } from "../../src/results/csv.ts";

describe("CSV", () => {
  it("quotes what needs it, leaves out what is absent, and gives lists as JSON", () => {
    expect(
      csvOf(
        ["a", "b, c"],
        [
          [1, 'say "no"'],
          [null, undefined],
          [10n ** 17n, true],
          ["two\nlines", [0.5, 1e-7]],
        ],
      ),
    ).toBe('a,"b, c"\n1,"say ""no"""\n,\n100000000000000000,true\n"two\nlines","[0.5,1e-7]"\n');
  });
});
