import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OBJECTIVE_LABELS } from '../../webview/protocol/objectives.ts';
import { findEncoder, fitting, type KnownModel, PURPOSES } from './purposes.ts';

function known(part: Partial<KnownModel> & Pick<KnownModel, 'path'>): KnownModel {
  return { name: part.path, kind: 'run', head: 'mlm', problem: undefined, ...part };
}

const MODELS = [
  known({ path: 'broken', problem: 'gone' }),
  known({ path: 'gpt', head: undefined }),
  known({ path: 'newest' }),
  known({ path: 'older', head: 'mlm+nsp' }),
  known({ path: 'tagger', head: 'tag' }),
  known({ path: 'one', kind: 'folder', head: 'answer' }),
  known({ path: 'this', kind: 'folder', head: 'classify' }),
  known({ path: 'that', kind: 'folder', head: 'classify' }),
];

describe('findEncoder', () => {
  it('takes what the setting names where that serves, and else the newest run that does', () => {
    const set = { path: 'set', head: 'mlm' } as const;
    assert.deepEqual(findEncoder(PURPOSES.masks, set, MODELS), { path: 'set' });
    assert.deepEqual(findEncoder(PURPOSES.tag, set, MODELS), { path: 'tagger' });
    assert.deepEqual(findEncoder(PURPOSES.masks, undefined, MODELS), { path: 'newest' });
    assert.deepEqual(findEncoder(PURPOSES.masks, { path: 'gpt', head: undefined }, MODELS), {
      path: 'newest',
    });
  });

  it('takes the only folder, and leaves several to the user', () => {
    assert.deepEqual(findEncoder(PURPOSES.answer, undefined, MODELS), { path: 'one' });
    const found = findEncoder(PURPOSES.classify, undefined, MODELS);
    assert.ok('choices' in found);
    assert.deepEqual(
      found.choices.map(({ path }) => path),
      ['this', 'that'],
    );
  });

  it('says how to come by one where there is none', () => {
    assert.throws(() => findEncoder(PURPOSES.classify, undefined, MODELS.slice(0, 5)), {
      code: 'usage',
      message: 'there is no model yet that classifies texts',
      hint: /the training view has the objective "Classify texts"/,
    });
  });

  it('takes any encoder to read, and no decoder, but one that fills masks before the others', () => {
    const [newer, folder] = [
      known({ path: 'newer', head: 'answer' }),
      known({ path: 'masks', kind: 'folder' }),
    ];
    const paths = fitting([newer, ...MODELS], PURPOSES.read).map(({ path }) => path);
    assert.deepEqual(paths, ['newest', 'older', 'newer', 'tagger', 'one', 'this', 'that']);
    const find = (...models: KnownModel[]) => findEncoder(PURPOSES.read, undefined, models);
    assert.deepEqual(find(newer, ...MODELS), { path: 'newest' });
    assert.deepEqual(find(newer, folder), { path: 'masks' });
    assert.deepEqual(find(newer), { path: 'newer' });
  });

  it('names objectives as the training view does', () => {
    for (const { objective } of Object.values(PURPOSES))
      assert.ok(Object.values(OBJECTIVE_LABELS).includes(objective));
  });
});
