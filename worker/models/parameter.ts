/** What parameters are made of, whatever the architecture. */

/** Where a parameter belongs: `['layer 3', 'attention']`. */
export type ModulePath = readonly string[];

/** One stored tensor of a model: its Hugging Face name, its shape as stored, and the module it belongs to. */
export interface Parameter {
  readonly name: string;
  readonly shape: number[];
  readonly module: ModulePath;
}

/** The modules of a layer of the stack. */
export function layerModules(index: number): [attention: ModulePath, mlp: ModulePath, norms: ModulePath] {
  const layer = `layer ${index}`;
  return [
    [layer, 'attention'],
    [layer, 'mlp'],
    [layer, 'norms'],
  ];
}

/** A linear layer with its weight as [in, out]. */
export function conv1d(
  name: string,
  input: number,
  output: number,
  biased: boolean,
  module: ModulePath,
): Parameter[] {
  return withBias(name, [input, output], output, biased, module);
}

/** A linear layer with its weight as [out, in]. */
export function linear(
  name: string,
  input: number,
  output: number,
  biased: boolean,
  module: ModulePath,
): Parameter[] {
  return withBias(name, [output, input], output, biased, module);
}

/** A weight, and a bias of `output` elements where there is one. */
export function withBias(
  name: string,
  shape: number[],
  output: number,
  biased: boolean,
  module: ModulePath,
): Parameter[] {
  const weight = { name: `${name}.weight`, shape, module };
  return biased ? [weight, { name: `${name}.bias`, shape: [output], module }] : [weight];
}
