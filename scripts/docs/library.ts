import { join } from "node:path";
import ts from "typescript";
import { type Column, columns } from "../../src/model/columns.ts";
import { code, markdownTable } from "./markdown.ts";

/** What users import, and the file that has its names. */
const entries = { sinkflow: "src/index.ts", "sinkflow/arrow": "src/arrow.ts" };

/** The reference of the library: a section for each name that its entries export, from its type and its comment. */
export function libraryReference(root: string): string {
  const path = join(root, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path, ts.sys.readFile).config, ts.sys, root);
  const files = Object.values(entries).map((file) => join(root, file));
  const program = ts.createProgram([...files, join(root, "src/gpu/shaders.d.ts")], options);
  const checker = program.getTypeChecker();
  const sources = files.map((file) => program.getSourceFile(file) as ts.SourceFile);
  const exportsOf = (source: ts.SourceFile) =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(sources.flatMap((source) => exportsOf(source).map(({ name }) => name)));

  /** A member that a type makes of the table of columns has no declaration: its row says what it is. */
  const columnSays = (name: string): string => {
    const { says, unit } = columns[name as Column] ?? {};
    if (says) return unit && unit !== "1" ? `${says} (${unit})` : says;
    const [of] = Object.entries(columns).find(([, { share }]) => share === name) ?? [];
    return of ? `share of the runs that have a ${of}` : "";
  };
  const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
  const said = (symbol: ts.Symbol) => oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
  const isOurs = (node: ts.Node | undefined) => node?.getSourceFile().fileName.startsWith(join(root, "src/"));
  /** Types without comments, and by their names alone. */
  const bare = (text: string) => oneLine(text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/import\("[^"]*"\)\./g, ""));
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
  const typeText = (type: ts.Type) => bare(checker.typeToString(type, undefined, flags));

  /** A member of an object, as its declaration says it. */
  function memberRow(member: ts.Symbol): string[] {
    const declaration = member.declarations?.[0];
    const isOptional = (member.flags & ts.SymbolFlags.Optional) !== 0;
    const written = declaration && (ts.isPropertySignature(declaration) || ts.isPropertyDeclaration(declaration)) && declaration.type;
    const type = written ? bare(written.getText()) : typeText(checker.getTypeOfSymbol(member));
    // The compiler has a number in its name of a symbol.
    const name = member.name.replace(/^__@(\w+)@\d+$/, "[Symbol.$1]");
    return [
      code(`${name}${isOptional ? "?" : ""}`),
      code(type.replace(/ \| undefined$|<ArrayBufferLike>/g, "")),
      declaration ? said(member) : columnSays(name),
    ];
  }
  /** What a type extends, or is an intersection of, by name. */
  function basesOf(type: ts.Type, declared: ts.Node | undefined): { name: string; type: ts.Type }[] {
    if (type.isClassOrInterface()) return checker.getBaseTypes(type).map((base) => ({ name: base.symbol.name, type: base }));
    if (!declared || !ts.isTypeAliasDeclaration(declared) || !ts.isIntersectionTypeNode(declared.type)) return [];
    const named = declared.type.types.filter(ts.isTypeReferenceNode);
    return named.map((node) => ({ name: node.typeName.getText(), type: checker.getTypeFromTypeNode(node) }));
  }

  /** The members of a type. Those of a type that has a section of its own are there. */
  function members(type: ts.Type, declared: ts.Node | undefined): string {
    const bases = basesOf(type, declared).filter(({ name }) => names.has(name));
    const inherited = new Set(bases.flatMap((base) => checker.getPropertiesOfType(base.type).map(({ name }) => name)));
    const isShown = ({ name, declarations: [first] = [] }: ts.Symbol) => (!first || isOurs(first)) && !inherited.has(name);
    const table = markdownTable(["member", "type", "what it is"], checker.getPropertiesOfType(type).filter(isShown).map(memberRow));
    const more = bases.map(({ name }) => `And all of [${name}](#${name.toLowerCase()}).`);
    return [table, ...more].join("\n\n");
  }

  /** A call, as its declaration says it. */
  function signature(call: ts.Signature): string {
    const { typeParameters, parameters, type } = call.getDeclaration();
    const generic = typeParameters ? `<${typeParameters.map((one) => bare(one.getText())).join(", ")}>` : "";
    const given = parameters.map((one) => {
      const isOptional = one.initializer !== undefined || one.questionToken !== undefined;
      return `${bare(one.name.getText())}${isOptional ? "?" : ""}: ${one.type ? bare(one.type.getText()) : "unknown"}`;
    });
    return `${generic}(${given.join(", ")}): ${type ? bare(type.getText()) : typeText(call.getReturnType())}`;
  }

  function section(exported: ts.Symbol): string[] {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const comment = said(symbol);
    const declared = symbol.declarations?.[0];
    if (symbol.flags & ts.SymbolFlags.Class) {
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      return [comment, members(type, declared)];
    }
    if (symbol.flags & ts.SymbolFlags.Value) {
      const type = checker.getTypeOfSymbol(symbol);
      const calls = type.getCallSignatures();
      const texts = calls.map((call) => `${exported.name}${signature(call)}`);
      return [`\`\`\`ts\n${texts.length > 0 ? texts.join("\n") : `${exported.name}: ${typeText(type)}`}\n\`\`\``, comment];
    }
    if (exported.name === "Specification") return [comment, "Its keys: [every key](model.md#every-key)."];
    const seeAlso =
      exported.name === "PointSummary" ? "Types that have no section here, and what each holds: [the JSON](output.md#the-json)." : "";
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const table = type.isUnion() ? "" : members(type, declared);
    const isAlias = declared && ts.isTypeAliasDeclaration(declared) && (table === "" || table.split("\n").length < 3);
    return [
      isAlias ? `\`\`\`ts\ntype ${exported.name} = ${oneLine(declared.type.getText())}\n\`\`\`` : "",
      comment,
      seeAlso,
      isAlias ? "" : table,
    ];
  }
  return Object.keys(entries)
    .flatMap((entry, i) => [
      `## ${entry}`,
      ...exportsOf(sources[i] as ts.SourceFile).flatMap((symbol) => [`### ${symbol.name}`, ...section(symbol)]),
    ])
    .filter((text) => text !== "")
    .join("\n\n");
}
