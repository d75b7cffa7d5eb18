import assert from 'node:assert/strict';
import { it } from 'node:test';
import { configFile } from './content.ts';

it('a config.json has floats where transformers takes nothing else', () => {
  const config = {
    hidden_size: 64,
    router_jitter_noise: 0,
    rms_norm_eps: 1e-6,
    router_aux_loss_coef: 0.02,
    note: '"initializer_range": 1',
    initializer_range: 1,
  };
  const text = configFile(config);
  assert.deepEqual(JSON.parse(text), config);
  assert.deepEqual(text.match(/^.*(?:64|noise|range": 1|eps|coef).*$/gm), [
    '  "hidden_size": 64,',
    '  "router_jitter_noise": 0.0,',
    '  "rms_norm_eps": 0.000001,',
    '  "router_aux_loss_coef": 0.02,',
    '  "initializer_range": 1.0',
  ]);
});
