import { serveThread } from '../base/thread-entry.ts';
import { countBertWords, countBertWordsKind } from './wordpiece-count.ts';

serveThread(countBertWordsKind, countBertWords);
