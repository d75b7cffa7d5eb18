import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fixtureFolder, wordPieces } from '../encoding/test-support.ts';
import { ENCODER_METHODS } from '../protocol/encoder.ts';
import { writeVocabFile } from '../tokenizers/wordpiece-files.ts';
import { EncoderService } from './encoder-service.ts';
import { askEncoder, ENCODER_TASKS } from './encoder-tasks.ts';

const pieces = wordPieces(['the', 'river', 'bank', '##s', '.', 'who', 'is', 'ada']);

describe('EncoderService', () => {
  let folder: string;
  let service = new EncoderService();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloze-encoder-'));
    const heads = ['sequence_classification', 'token_classification', 'question_answering'];
    await copy('bert', 'bert');
    for (const head of heads) await copy(`bert/${head}`, head);
  });
  afterEach(async () => {
    await service.close();
    service = new EncoderService();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A fixture with a vocabulary. */
  async function copy(fixture: string, name: string): Promise<string> {
    const path = join(folder, name);
    cpSync(fixtureFolder(fixture), path, { recursive: true });
    await writeVocabFile(join(path, 'vocab.txt'), pieces);
    return path;
  }

  const model = (name: string) => ({ model: join(folder, name), provider: 'cpu' });

  it('opens a model and says what it is for', async () => {
    const description = await service.open(model('token_classification'));
    assert.deepEqual(
      { ...description, folder: undefined, parameters: undefined },
      {
        folder: undefined,
        name: 'token_classification',
        kind: 'bert',
        head: 'tag',
        labels: ['LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3', 'LABEL_4'],
        parameters: undefined,
        context: 64,
        provider: 'cpu',
        notes: [],
      },
    );
    assert.ok(description.parameters > 30_000);
    ENCODER_METHODS.openEncoder.result.parse(description);
  });

  it('answers each request as its method says', async () => {
    const text = 'The river bank.';
    const filled = await service.ask(ENCODER_TASKS.fillMask, {
      ...model('bert'),
      text: 'the [MASK].',
      top: 3,
    });
    assert.equal(ENCODER_METHODS.fillMask.result.parse(filled).masks[0]!.fillings.length, 3);
    const request = { ...model('sequence_classification'), texts: [{ text }, { text, pair: 'who' }] };
    const classes = await service.ask(ENCODER_TASKS.classify, request);
    assert.equal(ENCODER_METHODS.classify.result.parse(classes).length, 2);
    const tagged = await service.ask(ENCODER_TASKS.tag, { ...model('token_classification'), text });
    assert.equal(ENCODER_METHODS.tag.result.parse(tagged).words.length, 4);
    const asked = { ...model('question_answering'), question: 'Who?', context: text, top: 2 };
    const answered = await service.ask(ENCODER_TASKS.answer, asked);
    assert.equal(ENCODER_METHODS.answer.result.parse(answered).spans.length, 2);
    const embedded = await service.ask(ENCODER_TASKS.embed, { ...model('bert'), texts: [text] });
    assert.equal(ENCODER_METHODS.embed.result.parse(embedded).vectors.length, 48);
    const query = { ...model('bert'), query: 'river', texts: [text, 'who is ada'] };
    const similar = await service.ask(ENCODER_TASKS.similar, query);
    assert.equal(ENCODER_METHODS.similar.result.parse(similar).length, 2);
    const words = { ...model('bert'), word: 'river', sentences: [text, 'the river'] };
    const compared = await service.ask(ENCODER_TASKS.polysemy, words);
    assert.equal(ENCODER_METHODS.polysemy.result.parse(compared).similarities.length, 3 * 4);
  });

  it('says the same as a model that is opened for one request', async () => {
    const request = { ...model('bert'), text: 'the [MASK] bank' };
    const [here, alone] = await Promise.all([
      service.ask(ENCODER_TASKS.fillMask, request),
      askEncoder(ENCODER_TASKS.fillMask, request),
    ]);
    assert.deepEqual(here, alone);
  });

  it('goes on after a request that was refused, or cancelled before its turn', async () => {
    const good = { ...model('bert'), text: 'the [MASK]' };
    const cancelled = new AbortController();
    const asked = [
      service.ask(ENCODER_TASKS.fillMask, { ...good, text: 'the' }),
      service.ask(ENCODER_TASKS.fillMask, good, { signal: cancelled.signal }),
      service.ask(ENCODER_TASKS.tag, good),
      service.ask(ENCODER_TASKS.fillMask, good),
    ];
    cancelled.abort();
    const results = await Promise.allSettled(asked);
    const codes = results.map((result) =>
      result.status === 'fulfilled' ? 'done' : (result.reason as { code: string }).code,
    );
    assert.deepEqual(codes, ['usage', 'cancelled', 'model', 'done']);
  });

  it('refuses a model that writes, and a vocabulary without [MASK]', async () => {
    const decoder = join(folder, 'gpt2');
    cpSync(fixtureFolder('gpt2'), decoder, { recursive: true });
    await writeVocabFile(join(decoder, 'vocab.txt'), pieces);
    await assert.rejects(service.open({ model: decoder, provider: 'cpu' }), {
      code: 'model',
      message: /expected an encoder, got a decoder of layout gpt2/,
    });
    const lacking = await copy('bert', 'lacking');
    writeFileSync(join(lacking, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n');
    await assert.rejects(service.open({ model: lacking, provider: 'cpu' }), {
      code: 'tokenizer',
      message: 'a vocabulary without [MASK]',
    });
  });
});
