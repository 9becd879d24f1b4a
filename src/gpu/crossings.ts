import { type Column, hasColumn } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";

/** The events of shaders/observables/crossings.wgsl, in their order there. */
export const crossings: readonly Column[] = ["tippingTime", "timeToLoss"];

/** Whether the specification asks for one of them. */
export const followsCrossings = (ensemble: Ensemble): boolean => crossings.some((name) => hasColumn(ensemble, name));
