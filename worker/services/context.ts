import { ClozeError } from '../base/errors.ts';
import { isEncoder, type ModelConfig } from '../models/config.ts';

/**
 * T, the tokens that a model is to read at once: as many as were asked for, or else its context. Throws `usage` for more
 * than it has positions for; `model` names it.
 */
export function contextFor(model: string, config: ModelConfig, asked: number = config.context): number {
  const bounded = isEncoder(config) || config.positions === 'learned';
  if (!bounded || asked <= config.context) return asked;
  throw new ClozeError('usage', `${model} has positions for ${config.context} tokens, asked for ${asked}`, {
    hint: `take a context of ${config.context} or less`,
  });
}
