import type { RunEvent, RunEventOf } from '../protocol/events.ts';
import type { PrepareProgress } from '../protocol/train.ts';
import type { TrainHooks } from '../services/train.ts';
import { RunControl } from '../training/control.ts';
import { precisionText } from '../training/precision-name.ts';
import { noteText, formatBytes, formatCount, formatSeconds } from './format.ts';
import { Interrupted, withInterrupt } from './interrupt.ts';
import type { Output } from './output.ts';
import { profileTables } from './profile-tables.ts';
import { reportTables } from './report-tables.ts';
import { routingText } from './routing-table.ts';
import { PhaseProgress, type Progress, showProgress } from './progress.ts';

/**
 * Runs a training and shows it. The first Ctrl-C stops it cleanly, with a checkpoint, and the command ends as
 * interrupted; while data and tokenizer are still being prepared there is nothing to keep, and it cancels.
 */
export async function showRun(
  output: Output,
  body: (hooks: TrainHooks) => Promise<RunEventOf<'done'>>,
): Promise<void> {
  const view = new RunView(output);
  const canceller = new AbortController();
  const control = new RunControl(canceller.signal);
  const hooks: TrainHooks = {
    control,
    onEvent: (event) => view.show(event),
    onProgress: (progress) => view.prepare(progress),
    onNote: (message) => view.note(noteText(message)),
    onProfile: (profile) => {
      if (output.json) output.value({ event: 'profile', ...profile });
      else output.text(`${profileTables(profile)}\n`);
    },
  };
  const onInterrupt = () => (view.started ? control.stop() : canceller.abort());
  try {
    const { reason } = await withInterrupt(onInterrupt, () => body(hooks));
    if (reason === 'stopped') throw new Interrupted();
  } finally {
    view.end();
  }
}

/** Shows a run while it goes on: with --json its events on stdout; a bar or lines and what is worth a note on stderr. */
class RunView {
  readonly #output: Output;
  readonly #preparation = new PhaseProgress();
  #progress: Progress | undefined;
  #steps = 0;
  #valLoss: number | undefined;
  /** Whether the loss is known to be of the next token, whose perplexity tells something: other objectives have metrics. */
  #perplexity = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Whether the training itself has begun. */
  get started(): boolean {
    return this.#progress !== undefined;
  }

  prepare(progress: PrepareProgress): void {
    this.#preparation.update(progress);
  }

  show(event: RunEvent): void {
    if (this.#output.json) this.#output.value(event);
    switch (event.event) {
      case 'start':
        this.#start(event);
        break;
      case 'step':
        this.#progress?.update(event.step, this.#steps, this.#pace(event));
        break;
      case 'eval':
        this.#valLoss = event.valLoss;
        this.#perplexity = event.metrics === undefined;
        this.note(`step ${event.step}: ${evaluationText(event)}`);
        break;
      case 'sample':
        this.note(`step ${event.step}: sample\n${indent(event.prompt + event.text)}`);
        break;
      case 'paused':
      case 'unpaused':
        this.note(`step ${event.step}: ${event.event}`);
        break;
      case 'checkpoint':
        break;
      case 'report':
        this.end();
        if (!this.#output.json) this.#output.text(`${reportTables(event.report)}\n`);
        break;
      case 'done':
        this.end();
        if (!this.#output.json) this.#output.text(`${ending(event, this.#perplexity)}\n`);
        break;
    }
  }

  note(text: string): void {
    if (this.#progress === undefined) this.#preparation.note(text);
    else this.#progress.note(text);
  }

  end(): void {
    this.#preparation.end();
    this.#progress?.end();
    this.#progress = undefined;
  }

  #start(event: RunEventOf<'start'>): void {
    this.#preparation.end();
    this.#steps = event.steps;
    this.#output.note(
      [
        `${opening(event)} on ${event.provider} (${event.threads} threads)${inPrecision(event)}`,
        `${formatCount(event.parameters)} parameters${trainableText(event)}, about ${formatBytes(event.memoryBytes)}`,
        `${formatCount(event.trainTokens)} tokens to train on, ${formatCount(event.validationTokens)} to validate, ${formatCount(event.tokensPerStep)} a step`,
      ].join('\n'),
    );
    this.#progress = showProgress('train');
    this.#progress.update(event.step, event.steps, '');
  }

  #pace({ step, loss, tokensPerSecond, skipped }: RunEventOf<'step'>): string {
    const validation = this.#valLoss === undefined ? '' : `  val ${this.#valLoss.toFixed(3)}`;
    return `${step}/${this.#steps}  loss ${loss.toFixed(3)}${validation}  ${formatCount(tokensPerSecond)} tokens/s${skippedText(skipped)}`;
  }
}

/** Where it is not float32. */
function inPrecision({ precision }: RunEventOf<'start'>): string {
  return precision === undefined || precision.type === 'float32' ? '' : ` in ${precisionText(precision)}`;
}

/** Steps whose gradients overflowed. */
function skippedText(skipped = 0): string {
  return skipped === 0 ? '' : `  skipped ${formatCount(skipped)}`;
}

/** What is trained of an adapted model. */
function trainableText({ parameters, trainable }: RunEventOf<'start'>): string {
  if (trainable === undefined) return '';
  const share = ((100 * trainable) / parameters).toPrecision(3);
  return `, ${formatCount(trainable)} (${share} %) of an adapter to train`;
}

const REASONS: Readonly<Record<RunEventOf<'done'>['reason'], string>> = {
  completed: 'done',
  stopped: 'stopped',
  early: 'stopped early: validation no longer improves',
};

function opening({ resumed, step, steps }: RunEventOf<'start'>): string {
  if (!resumed) return 'training';
  if (step < steps) return `resuming after step ${step}`;
  return `all ${steps} steps are done (to train longer, start a new run with --model RUN); opened`;
}

function ending(
  { step, reason, best, path, seconds, skipped = 0 }: RunEventOf<'done'>,
  perplexity: boolean,
): string {
  const score = best?.score === undefined ? '' : `, ${best.score.name} ${best.score.value.toFixed(3)}`;
  const lowest =
    best === undefined ? [] : [`best: step ${best.step}, ${lossText(best.valLoss, perplexity)}${score}`];
  return [
    `${REASONS[reason]} after step ${step}, ${formatSeconds(seconds)}${reason === 'stopped' ? '; `cloze resume` goes on from there' : ''}`,
    ...(skipped === 0 ? [] : [`${formatCount(skipped)} skipped: their gradients overflowed in float16`]),
    ...lowest,
    `last:  ${path}`,
    ...(best === undefined || best.step === step
      ? []
      : ['commands that are given --model RUN take the best one']),
  ].join('\n');
}

function evaluationText({ valLoss, metrics, routing, best }: RunEventOf<'eval'>): string {
  const scores = Object.entries(metrics ?? {}).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  const experts = routing === undefined ? [] : [routingText(routing)];
  return [lossText(valLoss, metrics === undefined), ...scores, ...experts, ...(best ? ['best'] : [])].join(
    ', ',
  );
}

/** A loss in nats a target; of tokens, with its perplexity. */
function lossText(loss: number, perplexity: boolean): string {
  const text = `validation loss ${loss.toFixed(4)}`;
  return perplexity ? `${text} (perplexity ${Math.exp(loss).toPrecision(4)})` : text;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
