import shaders from "sinkflow:shaders";

/** A word of a WGSL struct; `now.rest` is the field `rest` of the field `now`, which is a struct itself. */
export interface Field {
  readonly name: string;
  readonly type: "u32" | "f32";
}

/**
 * The words of a WGSL struct in their order, with those of the structs inside it.
 * @param source WGSL that declares the struct and the structs inside it
 * Throws where a declaration is missing: that is a defect in a shader, never in an input.
 */
export function fieldsOf(source: string, struct: string): Field[] {
  const code = source.replace(/\/\/.*$/gm, "");
  const [, body] = code.match(new RegExp(`\\bstruct ${struct} ?\\{([^}]*)\\}`)) ?? [];
  if (body === undefined) throw new Error(`no shader declares struct ${struct}`);
  const declarations = body.split(",");
  return declarations.flatMap((declaration): Field[] => {
    const [name = "", type = ""] = declaration.trim().split(/\s*:\s*/);
    if (name === "") return []; // behind the last comma
    if (type === "u32" || type === "f32") return [{ name, type }];
    return fieldsOf(code, type).map((field) => ({ ...field, name: `${name}.${field.name}` }));
  });
}

const sources = ["bindings.wgsl", "moment.wgsl", "progress.wgsl"].map((path) => shaders[path]).join("\n");
/** The parameters of a dispatch. */
export const batchFields = fieldsOf(sources, "Batch");
export const momentFields = fieldsOf(sources, "Moment");
/** What is kept of a run between dispatches, beside its state. */
export const progressFields = fieldsOf(sources, "Progress");

/** The words of a struct with these values. Throws on a missing or surplus value, and on one that is not a u32 for a u32 field. */
export function pack(fields: readonly Field[], values: Readonly<Record<string, number>>): Uint32Array<ArrayBuffer> {
  const surplus = Object.keys(values).find((name) => !fields.some((field) => field.name === name));
  if (surplus !== undefined) throw new Error(`the struct has no field ${surplus}`);
  const words = new Uint32Array(fields.length);
  const floats = new Float32Array(words.buffer);
  for (const [at, { name, type }] of fields.entries()) {
    const value = values[name];
    if (value === undefined) throw new Error(`the struct's field ${name} has no value`);
    if (type === "u32" && value >>> 0 !== value) throw new Error(`the struct's field ${name} is a u32, got ${value}`);
    (type === "u32" ? words : floats)[at] = value;
  }
  return words;
}

/** WGSL functions from words to a struct and back, NAME_of_words and words_of_NAME; NAME_WORDS is the number of words. */
export function wordFunctions(struct: string, fields: readonly Field[]): string {
  const name = struct.toLowerCase();
  const array = `array<u32, ${struct.toUpperCase()}_WORDS>`;
  const lines = (line: (field: Field, at: number) => string) => fields.map((field, at) => `  ${line(field, at)}\n`).join("");
  const read = lines(({ name, type }, at) => `s.${name} = ${type === "f32" ? `bitcast<f32>((*words)[${at}])` : `(*words)[${at}]`};`);
  const write = lines(({ name, type }, at) => `words[${at}] = ${type === "f32" ? `bitcast<u32>((*s).${name})` : `(*s).${name}`};`);
  return `const ${struct.toUpperCase()}_WORDS = ${fields.length};

fn ${name}_of_words(words: ptr<function, ${array}>) -> ${struct} {
  var s = ${struct}();
${read}  return s;
}

fn words_of_${name}(s: ptr<function, ${struct}>) -> ${array} {
  var words = ${array}();
${write}  return words;
}`;
}
