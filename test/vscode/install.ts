/** Installs the VS Code that the tests drive, where it is missing: `npm run test:vscode`. */
import { vsCode } from './host/cache.ts';

await vsCode();
