/** What a finished run is worth on test data, beside the baseline: tables of scores, of classes, and of confusions. */
import { element, uniqueId } from '../common/dom.ts';
import { formatCount } from '../common/format.ts';
import type { RunReport } from '../protocol/objectives.ts';
import { baselineName, classRows, confusionRows, reportSource, scoreRows } from './report-facts.ts';

export class ReportView {
  readonly element = element('div', { class: 'report' });
  #shown: RunReport | undefined;

  update(report: RunReport | undefined): void {
    if (report === this.#shown) return;
    this.#shown = report;
    this.element.replaceChildren(...(report === undefined ? [] : content(report)));
  }
}

function content(report: RunReport): HTMLElement[] {
  return [
    element('p', { class: 'dim' }, reportSource(report)),
    scores(report),
    ...((report.classes?.length ?? 0) > 0 ? [classes(report)] : []),
    ...((report.confusion?.length ?? 0) > 0 ? [confusion(report)] : []),
  ];
}

function scores(report: RunReport): HTMLElement {
  const baseline = baselineName(report);
  const names = baseline === undefined ? ['Score', 'Model'] : ['Score', 'Model', baseline, 'Difference'];
  const rows = scoreRows(report).map(({ label, model, ...beside }) =>
    row(label, [model, ...(baseline === undefined ? [] : [beside.baseline, beside.difference])].map(number)),
  );
  return table('Scores', names, rows);
}

function classes(report: RunReport): HTMLElement {
  const rows = classRows(report).map(([name = '', ...figures]) => row(name, figures.map(number)));
  return table('By class', ['Class', 'Precision', 'Recall', 'F1', 'Examples'], rows);
}

function confusion(report: RunReport): HTMLElement {
  const all = confusionRows(report);
  const rows = all.map(({ name, cells }) =>
    row(
      name,
      cells.map(({ count, share, isRight }) => {
        const cell = number(formatCount(count));
        cell.classList.add('share');
        cell.classList.toggle('right', isRight);
        cell.style.setProperty('--share', `${Math.round(share * 100)}%`);
        return cell;
      }),
    ),
  );
  return table('Taken for', ['Class', ...all.map(({ name }) => name)], rows, {
    help: 'A row is a class, its columns what its examples were taken for; those that were right are framed.',
  });
}

/** In a region of its own that scrolls, for classes may be many. */
function table(
  title: string,
  names: readonly string[],
  rows: readonly HTMLElement[],
  { help }: { help?: string } = {},
): HTMLElement {
  const heading = element('h3', { id: uniqueId('report') }, title);
  const head = names.map((name, i) =>
    element('th', { scope: 'col', class: i === 0 ? undefined : 'number' }, name),
  );
  return element(
    'div',
    { class: 'report-part' },
    heading,
    help === undefined ? undefined : element('p', { class: 'dim' }, help),
    element(
      'div',
      { class: 'report-table', role: 'region', 'aria-labelledby': heading.id, tabindex: 0 },
      element(
        'table',
        { class: 'numbers', 'aria-labelledby': heading.id },
        element('thead', {}, element('tr', {}, ...head)),
        element('tbody', {}, ...rows),
      ),
    ),
  );
}

function row(name: string, cells: readonly HTMLElement[]): HTMLElement {
  return element('tr', {}, element('th', { scope: 'row' }, name), ...cells);
}

function number(text: string): HTMLElement {
  return element('td', { class: 'number' }, text);
}
