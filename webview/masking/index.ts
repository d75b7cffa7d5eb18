/** The masking page: what a batch of training does to a text, and what a model predicts. */
import './masking.css';
import { connectHost, pageState } from '../common/connection.ts';
import { LiveRegion } from '../common/live-region.ts';
import { MASKING_PAGE_METHODS, MaskingPageStateSchema } from '../protocol/masking.ts';
import { MaskingPage } from './page.ts';

const host = connectHost(MASKING_PAGE_METHODS);
const live = new LiveRegion();
const page = new MaskingPage(host, pageState(MaskingPageStateSchema), (text) => live.say(text));
document.querySelector('#app')!.append(page.element, live.element);

void host
  .call('watch', {}, { onEvent: (event) => page.receive(event) })
  .catch((error: unknown) => page.fail(error));
