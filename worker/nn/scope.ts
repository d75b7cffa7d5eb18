import { ClozeError } from '../base/errors.ts';
import { dropout, type QuantisedWeight, quantisedShapes } from '../graph/ops/index.ts';
import type { DType, Graph, Shape, Tensor } from '../graph/tensor.ts';
import type { WeightLayout } from './layers.ts';
import type { LowRank } from './lora.ts';
import { CODES, outIn, type Quantised, SCALES } from './quantised.ts';

interface Shared {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly probes: Map<string, Tensor>;
  /** int32 [2], seed and step; undefined where dropout is off. */
  readonly dropoutKey: Tensor | undefined;
  readonly lowRank: LowRank | undefined;
  readonly quantised: Quantised | undefined;
  dropouts: number;
}

export interface ScopeOptions {
  /** int32 [2], seed and step; without it dropout is off. */
  readonly dropoutKey?: Tensor | undefined;
  readonly lowRank?: LowRank | undefined;
  readonly quantised?: Quantised | undefined;
}

/**
 * A place in a model: parameters by their full name, dropout, and probes. What a model file builds with; it
 * names everything exactly as Hugging Face does.
 */
export class Scope {
  readonly #shared: Shared;
  readonly #prefix: string;

  private constructor(shared: Shared, prefix: string) {
    this.#shared = shared;
    this.#prefix = prefix;
  }

  /** The root of a model whose parameters have these shapes. */
  static root(
    graph: Graph,
    shapes: ReadonlyMap<string, Shape>,
    { dropoutKey, lowRank, quantised }: ScopeOptions = {},
  ): Scope {
    return new Scope({ graph, shapes, probes: new Map(), dropoutKey, lowRank, quantised, dropouts: 0 }, '');
  }

  get graph(): Graph {
    return this.#shared.graph;
  }

  /** Values that modules have offered for inspection, by name. */
  get probes(): ReadonlyMap<string, Tensor> {
    return this.#shared.probes;
  }

  /** A scope whose names begin with `prefix`, without a module of its own in profiles. */
  under(prefix: string): Scope {
    return new Scope(this.#shared, this.#prefix + prefix);
  }

  /** Builds a sub-module: names get `name.` in front, and profiles show it. */
  module<T>(name: string, build: (scope: Scope) => T): T {
    return this.graph.within(name, () => build(this.under(`${name}.`)));
  }

  has(name: string): boolean {
    return this.#shared.shapes.has(this.#prefix + name);
  }

  /** The state of a parameter. Throws `model` for a name that the model has not. */
  parameter(name: string): Tensor {
    const full = this.#prefix + name;
    const known = this.graph.states.get(full);
    if (known !== undefined) return known;
    const shape = this.#shared.shapes.get(full);
    if (shape === undefined) throw new ClozeError('model', `the model has no parameter '${full}'`);
    return this.graph.state(full, 'float32', shape);
  }

  /** This module's weight as codes and scales (quantised.ts); undefined where it is in float32. */
  quantised(layout: WeightLayout): (QuantisedWeight & Pick<Quantised, 'rounded'>) | undefined {
    const { quantised, shapes } = this.#shared;
    const bits = quantised?.bits.get(this.#prefix.slice(0, -1));
    if (quantised === undefined || bits === undefined) return undefined;
    const shape = quantisedShapes(outIn(shapes.get(`${this.#prefix}weight`)!, layout), bits);
    const codes = this.#frozen(CODES, 'uint8', shape.codes);
    return { codes, scales: this.#frozen(SCALES, 'float32', shape.scales), bits, rounded: quantised.rounded };
  }

  #frozen(name: string, dtype: DType, shape: Shape): Tensor {
    const full = this.#prefix + name;
    this.graph.frozen.add(full);
    return this.graph.states.get(full) ?? this.graph.state(full, dtype, shape);
  }

  /** What is added to this module's linear layer (lora.ts); undefined where nothing is. */
  get lowRank(): { readonly scale: number; readonly dropout: number } | undefined {
    const scale = this.#shared.lowRank?.scales.get(this.#prefix.slice(0, -1));
    return scale === undefined ? undefined : { scale, dropout: this.#shared.lowRank!.dropout };
  }

  /** x with dropout, each call with a mask of its own; x itself outside training. */
  dropout(x: Tensor, rate: number): Tensor {
    const { dropoutKey } = this.#shared;
    return dropoutKey === undefined ? x : dropout(x, dropoutKey, rate, ++this.#shared.dropouts);
  }

  /** Offers a value for inspection. */
  probe(name: string, value: Tensor): Tensor {
    this.#shared.probes.set(this.#prefix + name, value);
    return value;
  }
}
