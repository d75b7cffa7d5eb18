/** Choosing the next token from logits: pure functions of the logits, the options and a random number. */
import { ClozeError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { Ranking } from './ranking.ts';
import type { Sampling } from './settings.ts';

export interface Constraints {
  /** Tokens of the context, for the repetition penalty. */
  readonly context: Iterable<number>;
  /** Tokens that are never chosen. */
  readonly suppressed: readonly number[];
  /** The only tokens that may be chosen, where there is such a limit. */
  readonly allowed?: Iterable<number> | undefined;
}

/**
 * The next token's id. In the order of transformers: repetition penalty, constraints, temperature, top-k, top-p
 * (over what top-k has left). Equal logits rank by id, so that the choice depends on nothing but the arguments. Takes
 * one number from `random` unless greedy. Throws `model` where no token has a finite logit.
 */
export function sampleToken(
  logits: Float32Array,
  sampling: Sampling,
  constraints: Constraints,
  random: Random,
): number {
  const scores = scored(logits, sampling.repetitionPenalty, constraints);
  const best = argmax(scores);
  if (sampling.temperature === 0) return best;
  const weights = softmaxWeights(scores, scores[best]!, sampling.temperature);
  const { topK, topP } = sampling;
  const candidates =
    (topK === 0 || topK >= weights.length) && topP === 1
      ? undefined
      : mostProbable(scores, weights, topK, topP);
  return draw(weights, candidates, random.uniform());
}

/** The logits under a penalty and constraints: themselves where there is neither, for a copy costs as much as the choice. */
function scored(
  logits: Float32Array,
  penalty: number,
  { context, suppressed, allowed }: Constraints,
): Float32Array {
  if (penalty === 1 && allowed === undefined && suppressed.length === 0) return logits;
  const scores = allowed === undefined ? logits.slice() : only(logits, allowed);
  if (penalty !== 1) penalise(scores, context, penalty);
  for (const id of suppressed) scores[id] = -Infinity;
  return scores;
}

/** Divides the scores of tokens of the context (positive ones) or multiplies them, in place. */
function penalise(scores: Float32Array, context: Iterable<number>, penalty: number): void {
  for (const id of new Set(context)) {
    const logit = scores[id]!;
    scores[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
}

/** A copy of the scores in which all but some are -infinity. */
function only(scores: Float32Array, allowed: Iterable<number>): Float32Array {
  const result = new Float32Array(scores.length).fill(-Infinity);
  for (const id of allowed) result[id] = scores[id]!;
  return result;
}

/** The id of the largest score, the smallest one among equals. */
function argmax(scores: Float32Array): number {
  let best = -1;
  let top = -Infinity;
  for (let id = 0; id < scores.length; id++) {
    if (scores[id]! > top) {
      top = scores[id]!;
      best = id;
    }
  }
  if (best >= 0 && Number.isFinite(top)) return best;
  throw new ClozeError('model', 'no token can be chosen: no logit is finite', {
    hint: 'the weights may hold NaN; use an earlier checkpoint',
  });
}

/** exp((score - top) / temperature): probabilities up to a factor. */
function softmaxWeights(scores: Float32Array, top: number, temperature: number): Float64Array {
  const weights = new Float64Array(scores.length);
  for (let id = 0; id < scores.length; id++) weights[id] = Math.exp((scores[id]! - top) / temperature);
  return weights;
}

/** The ids that top-k and top-p leave, most probable first. Ranks no more of the vocabulary than it returns. */
function mostProbable(scores: Float32Array, weights: Float64Array, topK: number, topP: number): number[] {
  const ranking = new Ranking(scores);
  const ids: number[] = [];
  const limit = topK === 0 ? weights.length : topK;
  const total = topK === 0 ? sum(weights) : undefined;
  for (let mass = 0; ids.length < limit;) {
    const id = ranking.next();
    if (id === undefined) break;
    ids.push(id);
    mass += weights[id]!;
    if (total !== undefined && mass >= topP * total) return ids;
  }
  return total === undefined ? nucleus(ids, weights, topP) : ids;
}

/** The first of the ranked ids that together reach `topP` of their sum. */
function nucleus(ids: readonly number[], weights: Float64Array, topP: number): number[] {
  const wanted = topP * ids.reduce((mass, id) => mass + weights[id]!, 0);
  let mass = 0;
  const last = ids.findIndex((id) => (mass += weights[id]!) >= wanted);
  return ids.slice(0, last < 0 ? ids.length : last + 1);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The candidate at share `uniform` of the candidates' total weight; without candidates, of all ids in order. */
function draw(weights: Float64Array, candidates: readonly number[] | undefined, uniform: number): number {
  const count = candidates?.length ?? weights.length;
  const idAt = (i: number): number => candidates?.[i] ?? i;
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[idAt(i)]!;
  let left = uniform * total;
  let chosen = idAt(0);
  for (let i = 0; i < count; i++) {
    const weight = weights[idAt(i)]!;
    if (weight === 0) continue;
    chosen = idAt(i);
    left -= weight;
    if (left < 0) break;
  }
  return chosen;
}
