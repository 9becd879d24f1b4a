/**
 * A run is tied where the two largest shares, as float32 numbers, are at most this many such numbers apart: 4 ulp, more than the rounding
 * of the shares of two equal weights. Which of the two is larger says nothing then, and no token is the sink.
 */
export const tiedWithin = 4;
