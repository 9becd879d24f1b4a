/** A text of the tables of kinds, in which e^(−a) and q_k become superscripts and subscripts. */
export function Formula({ text }: { text: string }) {
  return <>{text.split(/(\^\([^()]*\)|\^\w|_\w)/).map(raised)}</>;
}

function raised(part: string) {
  if (part.startsWith("^")) return <sup>{part.replace(/^\^\(?|\)$/g, "")}</sup>;
  return part.startsWith("_") ? <sub>{part.slice(1)}</sub> : part;
}
