import { join } from "node:path";
import ts from "typescript";
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
    return [code(`${member.name}${isOptional ? "?" : ""}`), code(type), said(member)];
  }
  /** The members of a type. Those of a type that has a section of its own are there. */
  function members(type: ts.Type): string {
    const bases = (type.isClassOrInterface() ? checker.getBaseTypes(type) : []).filter(({ symbol }) => names.has(symbol.name));
    const inherited = new Set(bases.flatMap((base) => checker.getPropertiesOfType(base).map(({ name }) => name)));
    const own = checker.getPropertiesOfType(type).filter(({ name, declarations }) => isOurs(declarations?.[0]) && !inherited.has(name));
    const table = markdownTable(["member", "type", "what it is"], own.map(memberRow));
    const more = bases.map(({ symbol }) => `And all of [${symbol.name}](#${symbol.name.toLowerCase()}).`);
    return [table, ...more].join("\n\n");
  }

  /** What a destructured name was a member of has the comment. */
  function commented(symbol: ts.Symbol): ts.Symbol {
    const declaration = symbol.valueDeclaration;
    if (!declaration || !ts.isBindingElement(declaration)) return symbol;
    const { initializer } = declaration.parent.parent as ts.VariableDeclaration;
    return (initializer && checker.getTypeAtLocation(initializer).getProperty(symbol.name)) ?? symbol;
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
    const comment = said(commented(symbol));
    const declared = symbol.declarations?.[0];
    if (symbol.flags & ts.SymbolFlags.Class) {
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      return [comment, members(type)];
    }
    if (symbol.flags & ts.SymbolFlags.Value) {
      const type = checker.getTypeOfSymbol(symbol);
      const calls = type.getCallSignatures();
      const texts = calls.map((call) => `${exported.name}${signature(call)}`);
      return [`\`\`\`ts\n${texts.length > 0 ? texts.join("\n") : `${exported.name}: ${typeText(type)}`}\n\`\`\``, comment];
    }
    if (exported.name === "Specification") return [comment, "Its keys: [every key](model.md#every-key)."];
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const table = type.isUnion() ? "" : members(type);
    const isAlias = declared && ts.isTypeAliasDeclaration(declared) && (table === "" || table.split("\n").length < 3);
    return [isAlias ? `\`\`\`ts\ntype ${exported.name} = ${oneLine(declared.type.getText())}\n\`\`\`` : "", comment, isAlias ? "" : table];
  }
  return Object.keys(entries)
    .flatMap((entry, i) => [
      `## ${entry}`,
      ...exportsOf(sources[i] as ts.SourceFile).flatMap((symbol) => [`### ${symbol.name}`, ...section(symbol)]),
    ])
    .filter((text) => text !== "")
    .join("\n\n");
}
