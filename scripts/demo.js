/**
 * The main job, start to end, in about three minutes on two cores: trains a tokenizer and a GPT on ESLint's sources
 * (MIT, in node_modules because this repository is linted with it) and completes files that the model has never seen.
 * Every step is a `cloze` command that is shown and can be repeated. `npm run demo` builds first.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const OUT = 'runs/demo';
const SOURCES = 'node_modules/eslint/lib';
/** Kept away from training: one in twenty of the rules. */
const HELD_OUT = `${SOURCES}/rules/no-un*.js`;

/** Where to complete: right after the first place of `after` in a held-out file. */
const SPOTS = [
  { file: 'no-undefined.js', after: 'context.report({' },
  { file: 'no-unused-labels.js', after: 'create(context) {\n\t\tconst ' },
  { file: 'no-unreachable-loop.js', after: '@param {ASTNode} ' },
  { file: 'no-unsafe-negation.js', after: 'docs: {' },
  { file: 'no-unexpected-multiline.js', after: '/**\n\t\t * ' },
];

const CONTEXT_LINES = 5;

rmSync(OUT, { recursive: true, force: true });
const start = Date.now();

title('1. A tokenizer: byte-level BPE, 2,048 tokens');
cloze(['tokenizer', 'train', SOURCES, `!${HELD_OUT}`, '--vocab-size', '2048', '--out', `${OUT}/tokenizer`]);
cloze(['tokenize', '--tokenizer', `${OUT}/tokenizer`, 'const sourceCode = context.sourceCode;']);

title('2. A GPT: 4 layers, 4 heads, width 128, context 128');
cloze([
  ...['train', '--data', SOURCES, `!${HELD_OUT}`, '--model', 'gpt-micro', '--tokenizer', `${OUT}/tokenizer`],
  ...['--out', `${OUT}/run`, '--provider', 'cpu', '--set', 'model.context=128', 'training.batch=8'],
  ...['training.steps=2000', 'training.lr=3e-3', 'training.evalEvery=500', 'training.evalBatches=50'],
]);

title('3. Its loss on files that it has not seen');
cloze(['eval', '--model', `${OUT}/run`, '--provider', 'cpu', '--data', HELD_OUT]);

title('4. Completions in those files');
for (const spot of SPOTS) completeAt(spot);

console.log(`\nThe demo took ${Math.round((Date.now() - start) / 1000)} s. The model is in ${OUT}/run.`);
console.log(
  `Go on: ${command(['generate', '--model', `${OUT}/run`, '--max-tokens', '100', 'module.exports = {'])}`,
);

/** Shows the code before a place, what the model puts there, and what really stands there. */
function completeAt({ file, after }) {
  const path = `${SOURCES}/rules/${file}`;
  const text = readFileSync(path, 'utf8');
  const found = text.indexOf(after);
  if (found < 0) throw new Error(`${path} has no ${JSON.stringify(after)}`);
  const offset = found + after.length;
  const lines = text.slice(0, offset).split('\n');
  // the file as it is while somebody writes it: with what follows before its eyes, a completion would not repeat it
  const draft = `${OUT}/${file}`;
  writeFileSync(draft, text.slice(0, offset));
  const place = `${draft}:${lines.length}:${lines.at(-1).length + 1}`;
  const completion = cloze(
    [
      'complete',
      '--model',
      `${OUT}/run`,
      '--provider',
      'cpu',
      '--lines',
      'multi',
      '--max-tokens',
      '48',
      place,
    ],
    'capture',
  );
  const shown = completion.replace(/\n$/, '');
  const before = lines.slice(-CONTEXT_LINES).join('\n');
  const really = text.slice(offset).split('\n').slice(0, shown.split('\n').length).join('\n');
  console.log(`${styled('dim', before)}${styled('green', shown)}`);
  console.log(styled('cyan', '-- really --'));
  console.log(`${styled('dim', lines.at(-1))}${really}`);
}

/** Shows a command and runs it; ends the demo if it fails. Gives its stdout if that is captured. */
function cloze(args, stdout = 'inherit') {
  console.log(`\n${styled('bold', `$ ${command(args)}`)}`);
  const stdio = ['ignore', stdout === 'inherit' ? 'inherit' : 'pipe', 'inherit'];
  const result = spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio, encoding: 'utf8' });
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result.stdout;
}

/** A command as one would type it in a shell. */
function command(args) {
  const quoted = args.map((arg) => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`));
  return ['node dist/cli.js', ...quoted].join(' ');
}

function title(text) {
  console.log(`\n${styled(['bold', 'underline'], text)}`);
}

function styled(style, text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
}
