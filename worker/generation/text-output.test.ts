import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StopStrings } from './stop-strings.ts';
import { TextOutput } from './text-output.ts';

describe('StopStrings', () => {
  it('holds text back while it may become a stop string', () => {
    const stops = new StopStrings(['END', 'E!']);
    assert.deepEqual(stops.push('some E'), { text: 'some ' });
    assert.deepEqual(stops.push('N'), { text: '' });
    assert.deepEqual(stops.push('V'), { text: 'ENV' });
    assert.deepEqual(stops.push('EEN'), { text: 'E' });
    assert.deepEqual(stops.push('D more'), { text: '', stop: 'END' });
  });

  it('ends at the first of several, wherever the pieces begin', () => {
    const text = 'one two three four';
    for (let a = 0; a <= text.length; a++) {
      for (let b = a; b <= text.length; b++) {
        const stops = new StopStrings(['three', 'e t', 'four']);
        let out = '';
        for (const piece of [text.slice(0, a), text.slice(a, b), text.slice(b)]) {
          const { text: sure, stop } = stops.push(piece);
          out += sure;
          if (stop !== undefined) break;
        }
        assert.equal(out, 'on', `pieces end at ${a} and ${b}`);
      }
    }
  });

  it('gives back what it held when the text ends', () => {
    const stops = new StopStrings(['\n\n']);
    assert.equal(stops.push('a\n').text, 'a');
    assert.equal(stops.flush(), '\n');
  });
});

describe('TextOutput', () => {
  const none = new Uint8Array();

  it('gives whole characters', () => {
    const bytes = new TextEncoder().encode('aé€😀\ufeffz');
    const output = new TextOutput([], none);
    const pieces = Array.from(bytes, (byte) => output.push(Uint8Array.of(byte)).text);
    assert.deepEqual(
      pieces.filter((piece) => piece !== ''),
      ['a', 'é', '€', '😀', '\ufeff', 'z'],
    );
    assert.equal(output.end(), '');
  });

  it('replaces what is not UTF-8 and leaves an unfinished character out', () => {
    const output = new TextOutput([], none);
    assert.equal(output.push(Uint8Array.of(0x61, 0xff, 0x62)).text, 'a\ufffdb');
    assert.equal(output.push(Uint8Array.of(0xe2, 0x82)).text, '');
    assert.equal(output.end(), '');
  });

  it('leaves out the bytes that the text has to begin with', () => {
    const output = new TextOutput([], new TextEncoder().encode('func'));
    assert.equal(output.push(new TextEncoder().encode('fu')).text, '');
    assert.deepEqual([...output.begin], [...new TextEncoder().encode('nc')]);
    assert.equal(output.push(new TextEncoder().encode('nction')).text, 'tion');
    assert.equal(output.begin.length, 0);
  });
});
