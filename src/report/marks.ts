// Of Observable Plot what figures are drawn with: a bundle leaves out the rest.
export { areaY, cell, dot, frame, line, link, plot, rectY, ruleX, ruleY, text } from "@observablehq/plot";
