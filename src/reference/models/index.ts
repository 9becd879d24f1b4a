import type { Model } from "../../model/models.ts";
import type { ReferenceModel } from "./model.ts";
import { tied } from "./tied.ts";
import { valueSoftmax } from "./value-softmax.ts";

export const referenceModels: { [K in Model]: ReferenceModel } = { "value-softmax": valueSoftmax, tied };
