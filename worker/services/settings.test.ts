import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ClozeError } from '../base/errors.ts';
import { resolveSettings } from '../training/settings.ts';
import { applySettings, describeSettings, readSettings } from './settings.ts';

const fails = (assignment: string, message: RegExp, hint?: RegExp): void =>
  assert.throws(
    () => applySettings([assignment]),
    (error: unknown) => {
      assert.ok(error instanceof ClozeError);
      assert.equal(error.code, 'usage');
      assert.match(error.message, message);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      return true;
    },
  );

describe('applySettings', () => {
  it('gives each value the type of its field', () => {
    const { model, training } = applySettings([
      'model.layers=4',
      'model.tiedHead=false',
      'model.layout=llama',
      'training.lr=1e-3',
      'training.recompute=true',
      'training.samplePrompts=def ',
      'training.schedule=wsd',
    ]);
    assert.deepEqual(model, { layers: 4, tiedHead: false, layout: 'llama' });
    assert.deepEqual(training, { lr: 1e-3, recompute: true, samplePrompts: ['def '], schedule: 'wsd' });
  });

  it('takes the families of decoders and of encoders', () => {
    assert.deepEqual(applySettings(['model.layout=roberta']).model, { layout: 'roberta' });
    assert.throws(() => applySettings(['model.layout=t5']), ClozeError);
  });

  it('takes lists as JSON, and text that contains =', () => {
    const { training } = applySettings(['training.samplePrompts=["a = 1","b"]']);
    assert.deepEqual(training, { samplePrompts: ['a = 1', 'b'] });
    assert.deepEqual(applySettings(['training.samplePrompts=a = 1']).training, { samplePrompts: ['a = 1'] });
  });

  it('adds to what was set before, the last one counts', () => {
    const first = applySettings(['training.lr=1', 'training.steps=5']);
    assert.deepEqual(applySettings(['training.lr=2'], first).training, { lr: 2, steps: 5 });
    assert.deepEqual(first.training, { lr: 1, steps: 5 });
  });

  it('names the nearest fields for one that does not exist', () => {
    fails('training.learningrate=1', /unknown setting training\.learningrate/, /training\./);
    fails('training.step=1', /unknown setting/, /training\.steps/);
    fails('model.layer=1', /unknown setting/, /model\.layers/);
    fails('steps=1', /unknown setting steps/, /training\.steps/);
    fails('training.constructor=1', /unknown setting/);
    fails('training.steps', /expected NAME=VALUE/, /training\.steps=500/);
  });

  it('says what was expected of a value', () => {
    fails(
      'training.steps=many',
      /training\.steps=many: .*expected number/,
      /^training\.steps: optimizer steps$/,
    );
    fails('training.steps=0', /training\.steps=0: .*>0/);
    fails('training.steps=1.5', /expected int/);
    fails('training.schedule=cosin', /"cosine"/);
    fails('training.recompute=yes', /expected boolean/);
    fails('training.lr=', /expected number/);
  });
});

describe('describeSettings', () => {
  it('describes every field, with its default', () => {
    const all = describeSettings();
    for (const { name, description } of all) assert.notEqual(description, '', `${name} has no description`);
    const help = (setting: string) => all.find(({ name }) => name === setting);
    assert.equal(help('training.lr')?.default, 1e-3);
    assert.deepEqual(help('training.lr')?.choices, []);
    assert.deepEqual(help('training.order')?.choices, ['random', 'packed']);
  });
});

describe('readSettings', () => {
  it('reads a file, and names the file and the field of what is wrong in it', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'cloze-settings-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'settings.json');
    writeFileSync(path, '{ "training": { "lr": 0.01 } }');
    assert.deepEqual(await readSettings(path), { model: {}, training: { lr: 0.01 } });
    writeFileSync(path, '{ "training": { "lr": "high" } }');
    await assert.rejects(readSettings(path), /settings\.json: training\.lr: .*expected number/);
    writeFileSync(path, '{ "training": { "lrr": 1 } }');
    await assert.rejects(readSettings(path), /unknown setting training\.lrr/);
    writeFileSync(path, '{ "trainin": {} }');
    await assert.rejects(readSettings(path), /trainin/);
  });
});

describe('resolveSettings', () => {
  it('derives what follows from other fields', () => {
    const settings = resolveSettings({ lr: 2e-3, steps: 1000, warmup: 50 }, 64);
    assert.deepEqual([settings.minLr, settings.decaySteps, settings.context], [2e-4, 950, 64]);
    assert.equal(resolveSettings({ schedule: 'wsd', steps: 1000 }, 64).decaySteps, 200);
    assert.equal(resolveSettings({ steps: 10, warmup: 50 }, 64).decaySteps, 0);
    assert.throws(() => resolveSettings({ lr: -1 }, 64), /training\.lr/);
  });
});
