/** The tokenizer page: a document's text as the tokens of one tokenizer, or of two. */
import './tokenizer.css';
import { connectHost, pageState } from '../common/connection.ts';
import { LiveRegion } from '../common/live-region.ts';
import {
  TOKENIZER_PAGE_METHODS,
  type TokenizerEvent,
  TokenizerPageStateSchema,
} from '../protocol/tokenizer.ts';
import { TokenizerPage } from './page.ts';

const host = connectHost(TOKENIZER_PAGE_METHODS);
const live = new LiveRegion();
const page = new TokenizerPage(host, pageState(TokenizerPageStateSchema), (text) => live.say(text));
document.querySelector('#app')!.append(page.element, live.element);

const show = (event: TokenizerEvent): void => {
  if (event.type === 'state') page.setState(event.state);
  else if (event.type === 'content') page.setContent(event.content);
  else if (event.type === 'patch') page.patchContent(event.patch);
  else if (event.type === 'selection') page.setSelection(event.range);
  else page.setHover(event.range);
};
void host.call('watch', {}, { onEvent: show }).catch((error: unknown) => page.fail(error));
