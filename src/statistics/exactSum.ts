const float = new Float64Array(1);
/** The low and the high word of `float`. */
const words = new Uint32Array(float.buffer);

/** Low words are carried from here on, so that sums of two parts stay below 2⁵³. */
const maxLow = 2 ** 52;
const implicitBit = 2 ** 20;
/** The exponent of numbers that are not finite. */
const nonFinite = 2047;
/** All float64 numbers are multiples of 2^−unit. */
const unit = 1074;

/**
 * The sum of up to 2³¹ float64 numbers, without rounding: it does not depend on their order, nor on how they were cut into parts.
 * For each sign and exponent the significands are added as integers, in 64 kB; a sum that only adds what others held takes less.
 */
export class ExactSum {
  /** Sums of the significands' high words (21 bits) and low words (32 bits), by sign and exponent. All of them are integers below 2⁵³. */
  private high = new Float64Array();
  private low = new Float64Array();
  /** What other sums held, of 2^−unit. */
  private others = 0n;
  /** Infinities, added. */
  private infinite = 0;

  add(x: number): void {
    float[0] = x;
    const word = words[1] as number;
    const bin = word >>> 20;
    const exponent = bin & nonFinite;
    if (exponent === nonFinite) {
      this.infinite += x;
      return;
    }
    if (this.high.length === 0) [this.high, this.low] = [new Float64Array(4096), new Float64Array(4096)];
    this.high[bin] = (this.high[bin] as number) + (word & (implicitBit - 1)) + (exponent === 0 ? 0 : implicitBit);
    this.low[bin] = (this.low[bin] as number) + (words[0] as number);
    if ((this.low[bin] as number) >= maxLow) this.carry(bin);
  }

  /**
   * Adds numbers of one sign and exponent, the leading 9 bits of a float32.
   * @param significands their sum, as whole numbers of 24 bits
   */
  addSignificands(magnitude: number, significands: bigint): void {
    const [sign, exponent] = [magnitude >> 8 ? -1 : 1, magnitude & 255];
    if (exponent === 255) this.infinite += sign * Number.POSITIVE_INFINITY;
    // A float32 of exponent e is a whole number of 2^(e − 150), and a subnormal one of 2^−149.
    else this.others += BigInt(sign) * (significands << BigInt(Math.max(1, exponent) - 150 + unit));
  }

  /** Adds a whole number. */
  addWhole(sum: bigint): void {
    this.others += sum << BigInt(unit);
  }

  /** The sum as text: a whole number of 2^−1074 in hexadecimal digits; or as Number writes it, where it is not finite. */
  held(): string {
    return this.infinite === 0 ? this.total().toString(16) : String(this.infinite);
  }

  /** Adds a sum that another one held. */
  addHeld(held: string): void {
    const [, sign, digits] = /^(-?)([0-9a-f]+)$/.exec(held) ?? [];
    if (digits === undefined) this.infinite += Number(held);
    else this.others += BigInt(`0x${digits}`) * (sign ? -1n : 1n);
  }

  /** The sum divided by `over`, a whole number from 1 to 2³¹: rounded once, to the nearest number. 0 for no numbers. */
  result(over = 1): number {
    if (this.infinite !== 0) return this.infinite;
    const sum = this.total();
    return sum < 0n ? -quotient(-sum, BigInt(over)) : quotient(sum, BigInt(over));
  }

  /** The sum of the finite numbers, of 2^−unit. */
  private total(): bigint {
    let sum = this.others;
    for (let bin = 0; bin < this.high.length; bin++) {
      const [high, low] = [this.high[bin] as number, this.low[bin] as number];
      if (high === 0 && low === 0) continue;
      const part = ((BigInt(high) << 32n) + BigInt(low)) << BigInt(Math.max(1, bin & nonFinite) - 1);
      sum += bin >> 11 ? -part : part;
    }
    return sum;
  }

  private carry(bin: number): void {
    const low = this.low[bin] as number;
    const carried = Math.floor(low / 2 ** 32);
    this.high[bin] = (this.high[bin] as number) + carried;
    this.low[bin] = low - carried * 2 ** 32;
  }
}

/** Binary places of a quotient beyond 2^−unit. One that isn't halfway between two numbers is 2⁻³² from there, at least, since `over` is below 2³¹. */
const guard = 64;

/** sum/over of 2^−unit as the nearest float64 number; of two as near, the even one. */
function quotient(sum: bigint, over: bigint): number {
  const bits = (sum << BigInt(guard)) / over;
  const dropped = BigInt(Math.max(guard, bits.toString(2).length - 53));
  const rest = bits & ((1n << dropped) - 1n);
  const half = 1n << (dropped - 1n);
  let kept = bits >> dropped;
  if (rest > half || (rest === half && kept & 1n)) kept++;
  return Number(kept) * 2 ** (Number(dropped) - guard - unit);
}
