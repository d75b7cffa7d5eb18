import { BertConfigSchema } from '../../worker/models/config.ts';
import { initialWeights } from '../../worker/models/initialise.ts';
import { saveModel } from '../../worker/models/load.ts';
import { openDevice } from '../../worker/runtime/open-device.ts';
import { UNCASED } from '../../worker/tokenizers/bert-normalizer.ts';
import { BERT_SPECIAL } from '../../worker/tokenizers/tokenizer.ts';
import { toTokenizerJson } from '../../worker/tokenizers/tokenizer-json.ts';
import { BERT_MODEL } from '../../worker/tokenizers/wordpiece-model.ts';
import { WordPieceTokenizer } from '../../worker/tokenizers/wordpiece.ts';

/** Writes the folder of a BERT that has learned nothing: it knows characters, and some words of the sample code. */
export async function writeTinyBert(folder: string): Promise<void> {
  const characters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  const words = ['export', 'interface', 'loan', 'book', 'return'];
  const pieces = [
    ...new Set([...Object.values(BERT_SPECIAL), ...characters, ...characters.map((c) => `##${c}`), ...words]),
  ];
  const tokenizer = new WordPieceTokenizer({
    ...BERT_MODEL,
    vocab: new Map(pieces.map((piece, id) => [piece, id])),
    addedTokens: Object.values(BERT_SPECIAL).map((content, id) => ({ id, content, special: true })),
    normalizer: UNCASED,
  });
  const config = BertConfigSchema.parse({
    ...{ layout: 'bert', vocab: pieces.length, context: 64, layers: 2, width: 16, heads: 2, feedForward: 32 },
    ...{ head: 'mlm', pooler: false, initRange: 0.5 },
  });
  const { device } = await openDevice('cpu', { threads: 1 });
  try {
    const state = device.createState();
    for (const { name, shape, data } of initialWeights(config, 1))
      await state.write(name, { dtype: 'float32', shape, data });
    const files = { 'tokenizer.json': JSON.stringify(toTokenizerJson(tokenizer)) };
    await saveModel(folder, { config, state, tokenizer, specialIds: {}, files });
  } finally {
    await device.close();
  }
}
