/** The attention page: what the heads of a model look at in a text. */
import './attention.css';
import { connectHost, pageState } from '../common/connection.ts';
import { LiveRegion } from '../common/live-region.ts';
import {
  ATTENTION_PAGE_METHODS,
  type AttentionEvent,
  AttentionPageStateSchema,
} from '../protocol/attention.ts';
import { AttentionPage } from './page.ts';

const host = connectHost(ATTENTION_PAGE_METHODS);
const live = new LiveRegion();
const page = new AttentionPage(host, pageState(AttentionPageStateSchema), (text) => live.say(text));
document.querySelector('#app')!.append(page.element, live.element);

const show = (event: AttentionEvent): void => {
  if (event.type === 'state') page.setState(event.state);
  else if (event.type === 'content') page.setContent(event.content);
  else page.setProblem(event.problem);
};
void host.call('watch', {}, { onEvent: show }).catch((error: unknown) => page.fail(error));
