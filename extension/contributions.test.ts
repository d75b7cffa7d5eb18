import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import {
  COMMANDS,
  CONTEXT_KEYS,
  EXTENSION_NAME,
  PANELS,
  TREE_ITEMS,
  VIEW_CONTAINER,
  VIEWS,
  WALKTHROUGH,
} from './contributions.ts';
import { type SettingName, SETTINGS } from './settings.ts';

/** What a value of a setting may be, in the words of JSON Schema. */
const bounds = {
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
};
const BoundsSchema = z.object({ ...bounds, anyOf: z.array(z.object(bounds)).optional() });
const PropertySchema = z.looseObject({ default: z.unknown(), ...bounds });

const entry = z.looseObject({ command: z.string(), when: z.string().optional() });
const ManifestSchema = z.object({
  activationEvents: z.array(z.string()),
  capabilities: z.object({
    untrustedWorkspaces: z.object({ restrictedConfigurations: z.array(z.string()) }),
  }),
  contributes: z.object({
    commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.literal('Cloze') })),
    menus: z.record(
      z.string(),
      z.array(z.looseObject({ command: z.string().optional(), when: z.string().optional() })),
    ),
    viewsContainers: z.object({ activitybar: z.array(z.object({ id: z.string() })) }),
    views: z.record(z.string(), z.array(z.object({ id: z.string() }))),
    viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string() })),
    configuration: z.array(
      z.object({
        title: z.string(),
        properties: z.record(z.string(), PropertySchema),
      }),
    ),
    walkthroughs: z.array(
      z.object({ id: z.string(), steps: z.array(z.object({ description: z.string() })) }),
    ),
  }),
});

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const text = read('package.json');
const manifest = ManifestSchema.parse(JSON.parse(text));
const nls = z.record(z.string(), z.string()).parse(JSON.parse(read('package.nls.json')));
const { contributes } = manifest;
const properties = Object.assign({}, ...contributes.configuration.map((group) => group.properties)) as Record<
  string,
  z.output<typeof PropertySchema>
>;
const sorted = (values: Iterable<string>): string[] => [...values].sort();

describe('package.json', () => {
  it('contributes the commands, views, panels and settings of the table, and no others', () => {
    assert.deepEqual(
      sorted(contributes.commands.map(({ command }) => command)),
      sorted(Object.values(COMMANDS)),
    );
    assert.deepEqual(Object.keys(contributes.views), [VIEW_CONTAINER]);
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [VIEW_CONTAINER],
    );
    assert.deepEqual(
      sorted(contributes.views[VIEW_CONTAINER]!.map(({ id }) => id)),
      sorted(Object.values(VIEWS)),
    );
    assert.deepEqual(
      sorted(Object.keys(properties)),
      sorted(Object.keys(SETTINGS).map((name) => `${EXTENSION_NAME}.${name}`)),
    );
    assert.deepEqual(
      contributes.walkthroughs.map(({ id }) => id),
      [WALKTHROUGH],
    );
    for (const panel of Object.values(PANELS))
      assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${panel}`));
  });

  it('has the defaults, choices and bounds that the code has', () => {
    for (const name of Object.keys(SETTINGS) as SettingName[]) {
      const said = properties[`${EXTENSION_NAME}.${name}`]!;
      assert.deepEqual(said.default, SETTINGS[name].parse(undefined), name);
      const meant = BoundsSchema.parse(z.toJSONSchema(SETTINGS[name], { io: 'input' }));
      const { enum: choices, minimum, maximum } = meant.anyOf?.[0] ?? meant;
      assert.deepEqual([said.enum, said.minimum, said.maximum], [choices, minimum, maximum], name);
    }
  });

  it('names in menus, welcome views, walkthroughs and restrictions only what there is', () => {
    const commands = new Set<string>(Object.values(COMMANDS));
    const items = Object.values(contributes.menus).flat();
    for (const { command } of items.filter((item) => item.command !== undefined)) {
      assert.ok(commands.has(entry.parse({ command }).command), command);
    }
    for (const [, id] of Object.values(nls)
      .join('\n')
      .matchAll(/\(command:(cloze\.[\w.]+)\)/g)) {
      const isFocus = Object.values<string>(VIEWS).some((view) => id === `${view}.focus`);
      assert.ok(commands.has(id!) || isFocus, id);
    }
    for (const { view } of contributes.viewsWelcome) assert.ok(Object.values<string>(VIEWS).includes(view));
    for (const name of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations) {
      assert.ok(name in properties, name);
    }
    const kinds = Object.values<string>(TREE_ITEMS);
    for (const [, kind] of items
      .map(({ when = '' }) => when)
      .join('\n')
      .matchAll(/viewItem [!=]= (\S+)/g)) {
      assert.ok(kinds.includes(kind!), kind);
    }
    for (const [, start, choices] of items
      .map(({ when = '' }) => when)
      .join('\n')
      .matchAll(/viewItem =~ \/\^(.+?)\((.+?)\)\$\//g)) {
      for (const end of choices!.split('|')) {
        const kind = `${start!.replaceAll('\\', '')}${end}`;
        assert.ok(kinds.includes(kind), kind);
      }
    }
  });

  it('asks in when-clauses for context keys that there are, and for values that they have', () => {
    const whens = [...text.matchAll(/"when": "(.*)"/g)]
      .map(([, when]) => when!.replaceAll(/viewItem \S+ \S+/g, ''))
      .join('\n');
    const asked = [...whens.matchAll(/(cloze\.\w+)(?: [!=]= (\w+))?/g)].filter(
      ([, name]) => !Object.values<string>({ ...VIEWS, ...PANELS }).includes(name!),
    );
    assert.ok(asked.length > 20, `${asked.length} clauses ask for keys`);
    const keys: Readonly<Record<string, readonly unknown[]>> = CONTEXT_KEYS;
    for (const [clause, name, value] of asked) {
      assert.ok(keys[name!] !== undefined, clause);
      if (value !== undefined) assert.ok(keys[name!]!.includes(value), clause);
    }
  });

  it('has every string in package.nls.json, and no string there is unused', () => {
    const used = new Set([...text.matchAll(/%([\w.*]+)%/g)].map(([, key]) => key!));
    assert.deepEqual(sorted(used), sorted(Object.keys(nls)));
  });

  it('uses no proposed API, which the hosts of tests would let through', () => {
    assert.doesNotMatch(text, /enabledApiProposals/);
  });
});
