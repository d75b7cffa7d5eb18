import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrainingSettingsSchema } from '../../worker/training/settings.ts';
import { fieldText, parseField, TRAINING_FIELDS, type TrainingField } from './fields.ts';

const defaults = TrainingSettingsSchema.parse({});
const named = (name: string): TrainingField => TRAINING_FIELDS.find((field) => field.name === name)!;

describe('training fields', () => {
  for (const field of TRAINING_FIELDS) {
    it(`${field.name} has the worker's default`, () => {
      assert.equal(field.default, defaults[field.name as keyof typeof defaults]);
      assert.deepEqual(parseField(field, fieldText(field, undefined)), { value: undefined });
    });

    it(`${field.name} takes what the worker takes`, () => {
      const schema = TrainingSettingsSchema.shape[field.name as keyof typeof TrainingSettingsSchema.shape];
      for (const text of candidates(field)) {
        const parsed = parseField(field, text);
        const value =
          field.kind === 'number' ? Number(text) : field.kind === 'switch' ? text === 'true' : text;
        assert.equal(
          parsed.problem === undefined,
          schema.safeParse(value).success,
          `${text}: ${parsed.problem}`,
        );
      }
    });
  }

  it('says what a number should be', () => {
    assert.deepEqual(parseField(named('steps'), 'many'), { problem: 'Expected a number, got many' });
    assert.deepEqual(parseField(named('steps'), '1.5'), { problem: 'Expected a whole number, got 1.5' });
    assert.deepEqual(parseField(named('steps'), ''), { problem: 'Expected a number, such as 2000' });
    assert.deepEqual(parseField(named('lr'), '0'), { problem: 'Expected more than 0' });
    assert.deepEqual(parseField(named('beta1'), '1'), { problem: 'Expected less than 1' });
    assert.deepEqual(parseField(named('context'), '512', 256), { problem: 'Expected at most 256' });
  });

  it('keeps only what differs from the defaults', () => {
    assert.deepEqual(parseField(named('lr'), ' 1e-3 '), { value: undefined });
    assert.deepEqual(parseField(named('lr'), '3e-4'), { value: 3e-4 });
    assert.deepEqual(parseField(named('context'), ''), { value: undefined });
    assert.deepEqual(parseField(named('recompute'), 'true'), { value: true });
    assert.deepEqual(parseField(named('schedule'), 'wsd'), { value: 'wsd' });
  });
});

/** Values at the ends of a range and beyond them. */
function candidates(field: TrainingField): string[] {
  if (field.kind === 'choice') return field.choices.map(({ value }) => value);
  if (field.kind === 'switch') return ['true', 'false'];
  const ends = [field.min, field.max].filter((end) => end < Number.MAX_SAFE_INTEGER);
  return [...ends.flatMap((end) => [end - 1, end - 0.5, end, end + 0.5, end + 1]), 0.25, 1, 2].map(String);
}
