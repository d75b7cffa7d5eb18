/** The LoRA page: what an adapter has learned, and what it changes. */
import './adapter.css';
import { connectHost, pageState } from '../common/connection.ts';
import { LiveRegion } from '../common/live-region.ts';
import { ADAPTER_PAGE_METHODS, AdapterPageStateSchema } from '../protocol/adapter.ts';
import { AdapterPage } from './page.ts';

const host = connectHost(ADAPTER_PAGE_METHODS);
const live = new LiveRegion();
const page = new AdapterPage(host, pageState(AdapterPageStateSchema), (text) => live.say(text));
document.querySelector('#app')!.append(page.element, live.element);

void host
  .call('watch', {}, { onEvent: (event) => page.receive(event) })
  .catch((error: unknown) => page.fail(error));
