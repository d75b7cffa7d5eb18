/** The commands that read with an encoder, by their names in contributions.ts. */
import * as vscode from 'vscode';
import { LONGEST_WORD } from '../../webview/protocol/masking.ts';
import { RemoteError } from '../../worker/protocol/rpc.ts';
import { COMMANDS } from '../contributions.ts';
import { type Encoders, modelOf } from '../encoder/encoders.ts';
import { type EntityMarks, LONGEST_TAGGED } from '../encoder/entities.ts';
import { entityCounts, percent } from '../encoder/entity-groups.ts';
import type { MaskingPanels } from '../encoder/masking-panels.ts';
import { inStatusBar, withCancel } from '../platform/progress.ts';
import { PURPOSES } from '../encoder/purposes.ts';
import { activeEditor, placeOf, selectedText, selectedWord } from '../encoder/selected-text.ts';
import { maskedSentence } from '../encoder/sentences.ts';
import { inCaseOf } from '../encoder/word-case.ts';
import type { CallWorker } from '../worker/worker-process.ts';

export interface EncoderCommandParts {
  /** Of the completer: it answers while a run trains. */
  readonly call: CallWorker;
  readonly encoders: Encoders;
  readonly marks: EntityMarks;
  readonly masking: MaskingPanels;
}

/** Predictions that are asked for, and shown: pieces that only go on a word are no words. */
const ASKED = 40;
const SHOWN = 12;

/** Either spelling is read. */
const MASK = '[MASK]';

/** Classes whose probabilities a message tells. */
const TOLD_CLASSES = 4;

export function encoderCommands({ call, encoders, marks, masking }: EncoderCommandParts) {
  return {
    async fillMaskedWord(argument?: unknown) {
      const editor = activeEditor();
      const { document } = editor;
      const { version } = document;
      const range = selectedWord(editor);
      const model = await encoders.modelFor(PURPOSES.masks, argument);
      if (model === undefined) return;
      const original = document.getText(range);
      const { text, at } = maskedSentence(placeOf(document, range), MASK);
      const { masks } = await inStatusBar(vscode.l10n.t('Filling in a word'), () =>
        call('fillMask', { model, text, top: ASKED }),
      );
      const fillings = masks.find(({ start }) => start === at)?.fillings ?? [];
      const words = fillings.filter(({ continues, text: word }) => !continues && word !== '');
      const chosen = await chooseWord(original, words.slice(0, SHOWN));
      if (chosen === undefined) return;
      if (document.version !== version) throw textHasChanged();
      if (!(await editor.edit((edit) => edit.replace(range, chosen)))) throw textHasChanged();
    },
    async classifySelection(argument?: unknown) {
      const text = selectedText(activeEditor());
      const model = await encoders.modelFor(PURPOSES.classify, argument);
      if (model === undefined) return;
      const [found] = await withCancel(vscode.l10n.t('Classifying'), (signal) =>
        call('classify', { model, texts: [{ text }] }, { signal }),
      );
      if (found === undefined) return;
      const [first, ...others] = found.labels.map(
        ({ label, probability }) => `${label} ${percent(probability)}`,
      );
      const rest = others.length === 0 ? '' : ` (${others.slice(0, TOLD_CLASSES).join(', ')})`;
      const cut =
        found.cut === 0
          ? ''
          : ` ${vscode.l10n.t('The last {0} tokens of the text had no room in the model.', found.cut)}`;
      void vscode.window.showInformationMessage(`${first ?? found.label}${rest}.${cut}`);
    },
    async tagEntities(argument?: unknown) {
      const { document } = activeEditor();
      const model = await encoders.modelFor(PURPOSES.tag, argument);
      if (model === undefined) return;
      const entities = await withCancel(vscode.l10n.t('Looking for entities'), (signal) =>
        marks.show(document, model, signal),
      );
      const isCut = document.getText().length > LONGEST_TAGGED;
      const cut = isCut ? ` ${vscode.l10n.t('Only the beginning of the document was read.')}` : '';
      if (entities.length === 0) {
        marks.clear(document);
        void vscode.window.showInformationMessage(
          `${vscode.l10n.t('The model finds no entities here.')}${cut}`,
        );
      } else void tellEntities(entityCounts(entities), cut);
    },
    clearEntities: () => marks.clear(),
    async answerFromDocument(argument?: unknown) {
      const editor = activeEditor();
      const { document } = editor;
      const model = await encoders.modelFor(PURPOSES.answer, argument);
      if (model === undefined) return;
      const question = await askQuestion();
      if (question === undefined) return;
      const { version } = document;
      const { answer, noAnswerProbability } = await withCancel(vscode.l10n.t('Reading'), (signal) =>
        call('answer', { model, question, context: document.getText() }, { signal }),
      );
      if (answer === undefined) {
        const message = vscode.l10n.t(
          'The model finds no answer in this document ({0}).',
          percent(noAnswerProbability),
        );
        void vscode.window.showInformationMessage(message);
        return;
      }
      if (document.version !== version) throw textHasChanged();
      await reveal(document, editor, answer);
      const message = `${answer.text.replace(/\s+/g, ' ')} (${percent(answer.probability)}, `;
      void vscode.window.showInformationMessage(
        `${message}${vscode.l10n.t('score {0}', answer.score.toFixed(2))})`,
      );
    },
    async showMasking(argument?: unknown) {
      const editor = activeEditor();
      const model = await encoders.modelFor(PURPOSES.masks, argument);
      if (model !== undefined) masking.open(editor, { model });
    },
    async showPolysemy(argument?: unknown) {
      const editor = activeEditor();
      const shown = modelOf(argument) === undefined ? masking.modelOf(editor.document) : undefined;
      const model = shown ?? (await encoders.modelFor(PURPOSES.read, argument));
      if (model === undefined) return;
      const word = await askWord(editor);
      if (word !== undefined) masking.open(editor, { model, word });
    },
  };
}

interface Word {
  readonly text: string;
  readonly probability: number;
}

/** The word that the user takes, in the case of what stands there. */
async function chooseWord(original: string, words: readonly Word[]): Promise<string | undefined> {
  if (words.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('The model predicts no whole word here.'));
    return undefined;
  }
  const items = words.map(({ text, probability }) => {
    const label = inCaseOf(original, text);
    const same = label === original ? ` · ${vscode.l10n.t('as it is')}` : '';
    return { label, description: `${percent(probability)}${same}` };
  });
  const title = vscode.l10n.t('In the place of "{0}"', original);
  return (await vscode.window.showQuickPick(items, { title }))?.label;
}

async function tellEntities(counts: string, cut: string): Promise<void> {
  const clear = vscode.l10n.t('Clear');
  const message = `${vscode.l10n.t('Entities: {0}.', counts)}${cut}`;
  if ((await vscode.window.showInformationMessage(message, clear)) === clear)
    await vscode.commands.executeCommand(COMMANDS.clearEntities);
}

async function askQuestion(): Promise<string | undefined> {
  return askText(vscode.l10n.t('What should the document answer?'), '', vscode.l10n.t('Expected a question'));
}

/** What is selected or at the cursor is proposed. */
async function askWord(editor: vscode.TextEditor): Promise<string | undefined> {
  const { document, selection } = editor;
  const range = selection.isEmpty ? document.getWordRangeAtPosition(selection.active) : selection;
  const proposed = range?.isSingleLine === true ? document.getText(range).slice(0, LONGEST_WORD) : '';
  const title = vscode.l10n.t('Compare which word between the sentences of this document?');
  return askText(title, proposed, vscode.l10n.t('Expected a word'));
}

async function askText(title: string, value: string, empty: string): Promise<string | undefined> {
  const validateInput = (text: string): string | undefined => (text.trim() === '' ? empty : undefined);
  return (await vscode.window.showInputBox({ title, value, validateInput }))?.trim();
}

async function reveal(
  document: vscode.TextDocument,
  { viewColumn }: vscode.TextEditor,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<void> {
  const selection = new vscode.Range(document.positionAt(start), document.positionAt(end));
  const shown = await vscode.window.showTextDocument(document, { viewColumn, selection });
  shown.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function textHasChanged(): RemoteError {
  return new RemoteError(vscode.l10n.t('the text has changed meanwhile'), {
    code: 'usage',
    hint: vscode.l10n.t('try again'),
  });
}
