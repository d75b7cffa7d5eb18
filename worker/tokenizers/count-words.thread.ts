import { serveThread } from '../base/thread-entry.ts';
import { countWords, countWordsKind } from './count-words.ts';

serveThread(countWordsKind, (texts) => countWords(texts));
