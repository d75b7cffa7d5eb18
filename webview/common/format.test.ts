import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatBytes,
  formatDuration,
  formatFiles,
  formatLoss,
  formatNumber,
  formatRate,
  formatShare,
  formatShort,
  sentence,
} from './format.ts';

describe('figures', () => {
  it('have three digits and a unit', () => {
    assert.deepEqual([0, 7, 999, 1000, 804_096, 999_600, 4_214_000, 1.56e9].map(formatShort), [
      '0',
      '7',
      '999',
      '1 k',
      '804 k',
      '1 M',
      '4.21 M',
      '1.56 B',
    ]);
  });

  it('write bytes in powers of 1024', () => {
    assert.deepEqual([0, 1023, 1024, 3.2 * 1024 ** 3].map(formatBytes), [
      '0 B',
      '1,023 B',
      '1 KiB',
      '3.2 GiB',
    ]);
  });

  it('write times as people say them', () => {
    assert.deepEqual([0, -3, 8.4, 59.6, 60, 125, 3599, 3600, 3725, 90_000].map(formatDuration), [
      '0 s',
      '0 s',
      '8 s',
      '1 min',
      '1 min',
      '2 min 5 s',
      '59 min 59 s',
      '1 h',
      '1 h 2 min',
      '25 h',
    ]);
  });

  it('write small numbers with a power of ten', () => {
    assert.deepEqual([0, 0.0123, 4.5, 678.4, 1234.5, 1.2e-7, -0.5, Number.NaN].map(formatNumber), [
      '0',
      '0.0123',
      '4.5',
      '678',
      '1,235',
      '1.2e-7',
      '-0.5',
      'NaN',
    ]);
  });

  it('write losses, rates and shares', () => {
    assert.deepEqual([1.752, 10.40361].map(formatLoss), ['1.7520', '10.404']);
    assert.deepEqual([0, 0.001, 3e-4].map(formatRate), ['0', '1.00e-3', '3.00e-4']);
    assert.deepEqual([0, 0.999, 1].map(formatShare), ['0 %', '99 %', '100 %']);
    assert.deepEqual([1, 378].map(formatFiles), ['1 file', '378 files']);
  });

  it('make sentences', () => {
    assert.deepEqual(['no text in /a', 'Really?', 'Done.'].map(sentence), [
      'No text in /a.',
      'Really?',
      'Done.',
    ]);
  });
});
