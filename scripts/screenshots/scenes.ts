/** What there is to see, each under the name of its pictures. */
import type { Stage } from './stage.ts';

type Scene = (stage: Stage, name: string) => Promise<void>;

const CODE = 'src/services/loan-service.ts';

/** What somebody has written of a new file so far. */
const SHELVES = `import { NotFoundError } from '../base/errors';
import type { Shelf } from '../models/shelf';

/** Keeps shelves in memory. */
export class ShelfStore {
  private readonly items = new Map<string, Shelf>();

  add(shelf: Shelf): void {
    this.items.set(shelf.id, shelf);
  }

`;

export const scenes: Readonly<Record<string, Scene>> = {
  'training-form': async (stage, name) => {
    await stage.open(CODE);
    await stage.showCloze();
    await stage.sections('New run');
    const page = await stage.find('.training');
    await page.getByRole('button', { name: 'Look at data' }).click();
    await page.locator('.plan dt').first().waitFor({ timeout: 60_000 });
    await stage.shoot(name);
  },
  training: async (stage, name) => {
    await stage.showCloze();
    await stage.sections('Run', 'Curves');
    await suggest(stage, 'shelf-store');
    await stage.shoot(name);
  },
  samples: async (stage, name) => {
    await stage.open(CODE);
    await stage.showCloze();
    await stage.sections('Samples', 'History');
    await stage.shoot(name);
  },
  lists: async (stage, name) => {
    await stage.open(CODE);
    await stage.showCloze('Runs', 'Models');
    await stage.shoot(name);
  },
  completion: async (stage, name) => {
    await stage.window.command('workbench.view.explorer');
    await suggest(stage, 'shelves');
    await stage.shoot(name);
  },
  tokenizer: async (stage, name) => {
    await stage.window.command('workbench.action.closeSidebar');
    await stage.open(CODE, 12);
    await stage.window.command('cloze.tokenizeSelection');
    await (await stage.find('.token')).waitFor();
    await stage.shoot(name);
  },
  attention: async (stage, name) => {
    await stage.window.command('workbench.action.closeSidebar');
    await stage.open(CODE);
    await stage.select(22, 27);
    await stage.window.command('cloze.showAttention', { path: stage.writer.path });
    const page = await stage.find('.attention-page');
    await page.getByRole('application').focus();
    await stage.window.page.keyboard.press('Control+End');
    await stage.shoot(name);
  },
  adapter: async (stage, name) => {
    await stage.window.command('workbench.action.closeSidebar');
    await stage.window.command('workbench.action.closeAllEditors');
    await stage.window.command('cloze.showAdapter', { path: stage.adapter.path });
    await (await stage.find('.norms button')).waitFor();
    await stage.shoot(name);
  },
  experts: async (stage, name) => {
    await stage.open(CODE);
    await stage.showCloze();
    await stage.showRun(stage.mixture);
    await stage.sections('Run', 'Experts');
    await stage.shoot(name);
    await stage.showRun(stage.writer);
  },
  masking: async (stage, name) => {
    await stage.window.command('workbench.action.closeSidebar');
    await stage.open(CODE);
    await stage.window.command('cloze.showMasking', { path: stage.reader.path });
    await (await stage.find('.masking-page .token')).waitFor();
    await stage.shoot(name);
  },
  walkthrough: async (stage, name) => {
    await stage.window.command('workbench.action.closeAllEditors');
    await stage.window.command('workbench.action.openWalkthrough', 'cloze.cloze#start');
    await stage.window.page.locator('.getting-started-step').first().waitFor();
    await stage.shoot(name);
  },
  why: async (stage, name) => {
    await stage.window.command('cloze.whyNoCompletion');
    await stage.shoot(name);
  },
  'training-running': async (stage, name) => {
    await stage.open(CODE);
    await stage.showCloze();
    await stage.start();
    await stage.sections('Run', 'Curves');
    await (await stage.find('.chart-plot')).waitFor();
    await stage.shoot(name);
    await stage.dropRun();
  },
};

/** Each time in a file of its own: VS Code keeps what was not saved of a file. */
async function suggest(stage: Stage, file: string): Promise<void> {
  await stage.write(`src/stores/${file}.ts`, SHELVES, '  find(');
}
