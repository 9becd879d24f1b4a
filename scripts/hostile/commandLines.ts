// Command lines as somebody might write who wants to do harm, or knows no better. None of them begins a long work: a command that would
// gets something that is refused.
import fc from "fast-check";

/** Files and folders that a command line may name: in a folder that holds nothing else. */
export const given = {
  good: "good.json",
  bad: ["bad.yaml", "empty.yaml", "latin1.yaml", "folder", "missing.yaml", "", "-", "é.yaml", "good.json/x", "\u0000"],
  results: ["results", "folder", "missing", "good.json", "", "é"],
};

const texts = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "-",
    "--",
    "---",
    "=",
    "é",
    "\ud83e\udd86",
    "\u0000",
    "a\nb",
    "\u001b[2J",
    "x".repeat(4000),
    "*",
    "$(id)",
    "../x",
    "__proto__",
  ),
  fc.string({ unit: "binary", maxLength: 10 }).map((text) => text.replaceAll("\u0000", "")),
);
const wrongNumbers = fc.constantFrom("", "-1", "1.5", "1e3", "0x10", "many", "99999999999999999999", "NaN", " 3", "3 ", "١");
const flags = [
  "--fresh",
  "--json",
  "--quiet",
  "--print-wgsl",
  "--no-reduction",
  "--help",
  "-h",
  "--version",
  "-V",
  "--peers",
  "--sweep",
  "--small",
];
const valued: Record<string, fc.Arbitrary<string>> = {
  "--set": fc.oneof(fc.constantFrom("runs=3", "runs", "=", "rums=3", "values.__proto__=1", "grid.seed=[1, 2]", "tokens=1"), texts),
  "--out": fc.constantFrom("out", "out/deep/er", "results", "good.json", "", "good.json/x", "/proc/x", "folder"),
  "--engine": fc.oneof(fc.constantFrom("cpu", "auto", "webgpu", "gpu", "CPU"), texts),
  "--adapter": fc.oneof(fc.constantFrom("lavapipe", ""), texts),
  "--verify": fc.oneof(fc.constantFrom("0", "3"), wrongNumbers),
  "--rows": fc.constantFrom("all", "none", "some", ""),
  "--runs": fc.oneof(fc.constantFrom("3"), wrongNumbers),
  "--repeat": wrongNumbers,
  "--port": fc.constantFrom("-1", "65536", "http", ""),
  "--nonesuch": texts,
};

const option: fc.Arbitrary<string[]> = fc.oneof(
  fc.constantFrom(...flags).map((flag) => [flag]),
  fc
    .constantFrom(...Object.keys(valued))
    .chain((name) =>
      fc
        .tuple(valued[name] as fc.Arbitrary<string>, fc.constantFrom("apart", "apart", "apart", "equals", "missing"))
        .map(([value, form]) => (form === "apart" ? [name, value] : form === "equals" ? [`${name}=${value}`] : [name])),
    ),
  fc.constantFrom(...flags, ...Object.keys(valued)).map((name) => [name.slice(0, -1)]),
  texts.map((text) => [text]),
);

/** What a command that would work for long gets, so that it is refused. */
const refused: Record<string, fc.Arbitrary<string[]>> = {
  lab: valued["--port"]?.map((port) => ["--port", port]) as fc.Arbitrary<string[]>,
  bench: wrongNumbers.map((repeat) => ["--repeat", repeat]),
  reproduce: fc.constantFrom("nonesuch", "é", "../x", "__proto__").map((figure) => [figure]),
};

const command = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("run", "run", "run", "verify", "report", "schema", "devices", ...Object.keys(refused)) },
  { weight: 1, arbitrary: fc.constantFrom("", "rum", "RUN", "help", "--", "-", "__proto__", "constructor", "é", "--json") },
);

/** Lists of arguments. */
export const commandLines: fc.Arbitrary<string[]> = command.chain((name) =>
  fc
    .record({
      files: fc.array(fc.constantFrom(given.good, given.good, ...given.bad, ...given.results), { maxLength: 2 }),
      before: fc.array(option, { maxLength: 1 }),
      after: fc.array(option, { maxLength: 4 }),
      more: Object.hasOwn(refused, name) ? (refused[name] as fc.Arbitrary<string[]>) : fc.constant<string[]>([]),
      first: fc.nat(9),
    })
    .map(({ files, before, after, more, first }) => {
      const rest = first < 6 ? [...files, ...after.flat()] : [...after.flat(), ...files];
      const inOrder = [...(first === 0 ? before.flat() : []), name, ...more, ...rest];
      return inOrder.map((argument) => argument.replaceAll("\u0000", "␀")); // no process takes a NUL
    }),
);
