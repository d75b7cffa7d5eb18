import { connectHost, pageState } from '../common/connection.ts';
import { throttled } from '../common/throttle.ts';
import { problemOf } from '../protocol/problem.ts';
import { TRAINING_VIEW_METHODS } from '../protocol/training.ts';
import { Actions } from './actions.ts';
import { TrainingPage } from './page.ts';
import { TrainingPageSchema } from './page-state.ts';
import './training.css';

const SCROLL_MS = 300;

const client = connectHost(TRAINING_VIEW_METHODS);
const memory = pageState(TrainingPageSchema);
const actions = new Actions(client, {
  begun: () => page.clearProblem(),
  failed: (problem) => page.report(problem),
  saved: () => page.say('Saved'),
});
const page = new TrainingPage(actions, memory);
document.getElementById('app')!.append(page.element);

addEventListener(
  'scroll',
  throttled(SCROLL_MS, () => memory.change({ scroll: scrollY })),
  { passive: true },
);

client
  .call('watch', {}, { onEvent: (event) => page.receive(event) })
  .catch((error: unknown) => page.report(problemOf(error)));
