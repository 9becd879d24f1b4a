import { none } from "./columns.ts";

/**
 * The two largest shares of a run are tied where, as float32 numbers, they are at most this many such numbers apart: 4 ulp, more than the
 * rounding of the shares of two equal weights. Which of the two is larger says nothing then, and no token is the sink.
 */
export const tiedWithin = 4;

/** The token of the largest of some shares, numbers from 0 up; `none` where the two largest are tied. */
export function largestShare(shares: ArrayLike<number>): number {
  let [top, second] = [0, none];
  for (let i = 1; i < shares.length; i++) {
    if ((shares[i] as number) > (shares[top] as number)) [top, second] = [i, top];
    else if (second === none || (shares[i] as number) > (shares[second] as number)) second = i;
  }
  return bitsOf(shares[top] as number) - bitsOf(shares[second] as number) <= tiedWithin ? none : top;
}

const word = new DataView(new ArrayBuffer(4));
/** The bits of a number as float32. Those of numbers from 0 up have the order of the numbers. */
function bitsOf(x: number): number {
  word.setFloat32(0, x);
  return word.getUint32(0);
}
