import { describe, expect, it } from "vitest";
import { unroll } from "../../src/gpu/unroll.ts";

const squeeze = (code: string) => code.replace(/\s+/g, "");

describe("unroll", () => {
  it("writes a marked loop out with its variable as a number, and nothing else's name", () => {
    const source = "for (var i = 0; i < N; i++) { // unroll\n  x[i] += s.i + max_i(i) + i_2;\n}";
    expect(squeeze(unroll(source, { N: 2 }))).toBe("{x[0]+=s.i+max_i(0)+i_2;}{x[1]+=s.i+max_i(1)+i_2;}");
  });
  it("nests, also where the outer variable is the inner bound", () => {
    const source = "for (var j = 1; j < 3; j++) { // unroll\n for (var l = 0; l < j; l++) { // unroll\n f(j, l);\n }\n}";
    expect(squeeze(unroll(source, {}))).toBe("{{f(1,0);}}{{f(2,0);}{f(2,1);}}");
  });
  it("leaves other loops alone, and drops comments", () => {
    const source = "// note {\nfor (var i = 0u; i < 9u; i++) { a(); } // unroll this?\nb();";
    expect(squeeze(unroll(source, {}))).toBe("for(vari=0u;i<9u;i++){a();}b();");
  });
  it("keeps braces within the body balanced", () => {
    const source = "for (var i = 0; i < 2; i++) { // unroll\n if (a) { b(i); } else { c(); }\n}\nd();";
    expect(squeeze(unroll(source, {}))).toBe("{if(a){b(0);}else{c();}}{if(a){b(1);}else{c();}}d();");
  });
  it.each([
    ["for (var i = 0; i < M; i++) { // unroll\n}", "M is not a constant"],
    ["for (var i = 0; i <= N; i++) { // unroll\n}", "can't read the marked loop"],
    ["for (var i = 0; i <= N; i++) { // unroll\n}\nfor (var i = 0; i < N; i++) { // unroll\n}", "can't read the marked loop"],
    ["for (var i = 0; i < N; i++) { // unroll\n", "not closed"],
  ])("throws on %j", (source, message) => {
    expect(() => unroll(source, { N: 2 })).toThrow(message);
  });
});
