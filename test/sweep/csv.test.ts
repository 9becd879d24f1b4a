import { describe, expect, it } from "vitest";
import { CsvTable, csvOf } from "../../src/sweep/csv.ts";

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

  const written = async (parts: readonly number[]) => {
    const bytes: Uint8Array[] = [];
    const table = new CsvTable(["run", "half"], async (more) => void bytes.push(more));
    let first = 0;
    for (const count of parts) {
      const begin = first;
      await table.appendColumns([(i) => begin + i, (i) => (begin + i) / 2], count);
      first += count;
    }
    await table.finish();
    return Buffer.concat(bytes).toString();
  };
  it("has one header and the same rows however they come, and the header alone where none do", async () => {
    expect(await written([3])).toBe("run,half\n0,0\n1,0.5\n2,1\n");
    expect(await written([1, 2])).toBe(await written([3]));
    expect(await written([])).toBe("run,half\n");
  });
});
