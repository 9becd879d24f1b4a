import { describe, expect, it } from "vitest";
import { batchFields, type Field, fieldsOf, pack, progressFields, wordFunctions } from "../../src/gpu/structs.ts";

const source = `
struct Pair { // of two, not three
  first: u32,   // a comment, with a comma
  rest: f32
}
struct Outer {
  count: u32,
  pair: Pair,
  scale: f32, // }
}`;
const fields: Field[] = [
  { name: "count", type: "u32" },
  { name: "pair.first", type: "u32" },
  { name: "pair.rest", type: "f32" },
  { name: "scale", type: "f32" },
];

describe("fieldsOf", () => {
  it("takes names, types and order from the declaration, nested structs at their places", () => {
    expect(fieldsOf(source, "Outer")).toEqual(fields);
  });
  it("throws where a struct is not declared", () => {
    expect(() => fieldsOf(source, "Inner")).toThrow("no shader declares struct Inner");
    expect(() => fieldsOf("struct A { b: vec2f }", "A")).toThrow("no shader declares struct vec2f");
  });
  it("reads the shaders", () => {
    expect(batchFields.map(({ name }) => name)).toEqual(expect.arrayContaining(["stride", "points", "first_place"]));
    expect(progressFields.slice(0, 6).map(({ name, type }) => `${name} ${type}`)).toEqual([
      "status u32",
      "steps u32",
      "rejected u32",
      "now.ticks u32",
      "now.rest f32",
      "step f32",
    ]);
  });
});

describe("pack", () => {
  const values = { scale: -0.1, count: 2 ** 32 - 1, "pair.rest": 1.5, "pair.first": 7 };
  it("puts each value at its field's place, as its type has it", () => {
    const words = pack(fields, values);
    expect([...words.subarray(0, 2)]).toEqual([2 ** 32 - 1, 7]);
    expect([...new Float32Array(words.buffer, 8)]).toEqual([1.5, Math.fround(-0.1)]);
  });
  it("throws on a missing value and on a surplus one", () => {
    const { scale, ...missing } = values;
    expect(() => pack(fields, missing)).toThrow("field scale has no value");
    expect(() => pack(fields, { ...values, scales: scale })).toThrow("no field scales");
  });
  it.each([-1, 0.5, 2 ** 32, Number.NaN])("throws on %s where a u32 is expected", (count) => {
    expect(() => pack(fields, { ...values, count })).toThrow(`field count is a u32, got ${count}`);
  });
});

it("wordFunctions reads and writes every word once, floats by their bits", () => {
  const code = wordFunctions("Outer", fields);
  expect(code).toContain("const OUTER_WORDS = 4;");
  expect(code.match(/ {2}s\..*/g)).toEqual([
    "  s.count = (*words)[0];",
    "  s.pair.first = (*words)[1];",
    "  s.pair.rest = bitcast<f32>((*words)[2]);",
    "  s.scale = bitcast<f32>((*words)[3]);",
  ]);
  expect(code.match(/ {2}words\[.*/g)).toEqual([
    "  words[0] = (*s).count;",
    "  words[1] = (*s).pair.first;",
    "  words[2] = bitcast<u32>((*s).pair.rest);",
    "  words[3] = bitcast<u32>((*s).scale);",
  ]);
});
