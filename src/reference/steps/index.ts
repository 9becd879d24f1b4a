import type { Ensemble } from "../../model/ensemble.ts";
import { tableauOf } from "../../model/integrators.ts";
import type { Field } from "../field.ts";
import { RungeKutta } from "./runge-kutta.ts";
import type { Stepper } from "./step.ts";

/** What takes the steps of an ensemble, by its integrator. Each integrator is a Runge-Kutta method; another kind of step is chosen here. */
export const stepperOf = (ensemble: Ensemble, field: Field): Stepper => new RungeKutta(ensemble, field, tableauOf(ensemble.integrator));
