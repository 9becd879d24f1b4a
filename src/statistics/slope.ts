import { log, squared } from "../model/mathematics.ts";
import { type Interval, studentWidth } from "./interval.ts";

/** A straight line through points, y = intercept + slope·x. */
export interface Line {
  slope: number;
  intercept: number;
  /** Standard errors, from how far the points are off the line. */
  slopeError: number;
  interceptError: number;
  /** The 95 % interval of the slope, from Student's t. */
  interval: Interval;
  points: number;
}

/**
 * The line of least squares through points, with its errors (Draper and Smith, Applied Regression Analysis, 3rd ed., 1.4): residual
 * variance s² = Σ(y − ŷ)²/(n − 2), s_slope = s/√Σ(x − x̄)². The errors hold the curvature of the points, not only their noise.
 * Throws for less than 3 points, fewer than 2 different x, and numbers that are not finite.
 */
export function line(x: readonly number[], y: readonly number[]): Line {
  const points = x.length;
  if (points < 3 || y.length !== points || ![...x, ...y].every(Number.isFinite))
    throw new Error(`expected 3 points or more, all finite, got ${points} x and ${y.length} y`);
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + squared(value - meanX), 0);
  if (spread === 0) throw new Error(`expected points at different x, got ${x[0]} for all`);
  const slope = x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] as number) - meanY), 0) / spread;
  const intercept = meanY - slope * meanX;
  const residual = x.reduce((sum, value, i) => sum + squared((y[i] as number) - intercept - slope * value), 0);
  const variance = residual / (points - 2);
  const slopeError = Math.sqrt(variance / spread);
  const width = studentWidth(points - 2) * slopeError;
  return {
    slope,
    intercept,
    slopeError,
    interceptError: Math.sqrt(variance * (1 / points + squared(meanX) / spread)),
    interval: [slope - width, slope + width],
    points,
  };
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The line through the logarithms of positive numbers: y = e^intercept·x^slope. */
export const logLogSlope = (x: readonly number[], y: readonly number[]): Line => line(x.map(log), y.map(log));
