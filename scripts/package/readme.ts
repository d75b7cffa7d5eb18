/** The page that VS Code shows of the extension: what of README.md concerns its users, without what does not ship. */

const SECTIONS = ['In VS Code'];
/** A picture, or the table that pictures are set in. */
const PICTURES = /^(!\[|\|)/;

/** The introduction and the sections for users. Throws if the text lacks one of them. */
export function shippedReadme(text: string): string {
  const [introduction = '', ...sections] = text.split(/^(?=## )/m);
  const shipped = SECTIONS.map((title) => {
    const section = sections.find((each) => each.startsWith(`## ${title}\n`));
    if (section === undefined) throw new Error(`README.md has no section "${title}"`);
    return section;
  });
  const lines = [introduction, ...shipped].join('').split('\n');
  const kept = lines.filter((line) => !PICTURES.test(line)).join('\n');
  return `${kept.replaceAll(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}
