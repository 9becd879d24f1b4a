/** `10⁴`, or the number itself from 1 to 1000; empty where x is no whole power of ten. */
export function powerOfTen(x: number): string {
  const power = Math.log10(x);
  if (Math.abs(power - Math.round(power)) > 1e-9) return "";
  const digits = String(Math.round(power))
    .replaceAll("-", "⁻")
    .replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] as string);
  return power >= 0 && power <= 3 ? String(10 ** Math.round(power)) : `10${digits}`;
}
