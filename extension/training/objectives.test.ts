import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OBJECTIVES } from '../../webview/protocol/objectives.ts';
import { readQuestions, readTags, readTexts } from '../../worker/data/labelled/read-examples.ts';
import { PRESETS } from '../../worker/models/presets.ts';
import { configFor, objectiveOf } from '../../worker/services/objectives.ts';
import { canLearn, exampleFiles, presetsFor } from './objectives.ts';

const CLASSES = ['a', 'b'];

describe('objectives', () => {
  it('have presets that the worker trains with them', () => {
    for (const objective of OBJECTIVES) {
      for (const name of presetsFor(objective)) {
        const config = PRESETS[name];
        const model = { from: name, pretrained: false, config, specialIds: {} };
        assert.equal(objectiveOf(objective, model), objective);
        const labels = objective === 'classify' || objective === 'tag' ? CLASSES : [];
        assert.doesNotThrow(() => configFor(config, objective, labels), `${name} and ${objective}`);
        assert.ok(canLearn(config.layout, objective), `${name} and ${objective}`);
      }
    }
  });

  it('leave out what the worker refuses', () => {
    assert.equal(canLearn('roberta', 'mlm+nsp'), false);
    assert.equal(canLearn('gpt2', 'mlm'), false);
    assert.equal(canLearn('bert', 'clm'), false);
    assert.throws(() => configFor(PRESETS['roberta-base'], 'mlm+nsp'), { code: 'model' });
  });

  it('take the files of examples that the worker reads', () => {
    const readers = { classify: readTexts, tag: readTags, qa: readQuestions };
    for (const [objective, read] of Object.entries(readers)) {
      const ends = exampleFiles(objective as keyof typeof readers).map((end) => `.${end}`);
      assert.throws(() => read('/x/file.other'), {
        message: `/x/file.other: expected a file that ends in ${ends.join(', ')}`,
      });
    }
    assert.deepEqual(exampleFiles('mlm'), []);
  });
});
