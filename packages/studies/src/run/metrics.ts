export type Metrics = Record<string, number>;

/** `loss` → `train.loss`. */
export const prefixed = (part: string, metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${part}.${name}`, value]));
