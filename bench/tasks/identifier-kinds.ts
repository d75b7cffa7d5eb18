/** A tagging task: what each name in a function is. TypeScript's parser knows, a reader sees it by what is around the name. */
import ts from 'typescript';
import type { SourceFile } from './eslint-source.ts';

export interface TaggedTokens {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
}

/** Tokens of a function that are kept, from its beginning. */
const TOKENS = 40;
const FEWEST_TOKENS = 12;
/** Characters of a token that are kept: long strings tell nothing. */
const CHARACTERS = 24;

/** The beginnings of all functions with a body, a tag for each token: `B-` and the kind of a name, `O` for all else. */
export function identifierKinds(files: readonly SourceFile[]): TaggedTokens[] {
  return files.flatMap(({ path, text }) => {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
    return functionsIn(source).flatMap((node) => {
      const leaves = leavesOf(node, source).slice(0, TOKENS);
      if (leaves.length < FEWEST_TOKENS) return [];
      const tokens = leaves.map((leaf) => leaf.getText(source).replace(/\s+/g, ' ').slice(0, CHARACTERS));
      return [{ tokens, tags: leaves.map((leaf) => (ts.isIdentifier(leaf) ? `B-${kindOf(leaf)}` : 'O')) }];
    });
  });
}

function functionsIn(node: ts.Node): ts.FunctionLikeDeclaration[] {
  const own = ts.isFunctionLike(node) && 'body' in node && node.body !== undefined ? [node] : [];
  const inside: ts.FunctionLikeDeclaration[] = [];
  ts.forEachChild(node, (child) => void inside.push(...functionsIn(child)));
  return [...own, ...inside];
}

function leavesOf(node: ts.Node, source: ts.SourceFile): ts.Node[] {
  const children = node
    .getChildren(source)
    .filter(({ kind }) => kind < ts.SyntaxKind.FirstJSDocNode || kind > ts.SyntaxKind.LastJSDocNode);
  if (children.length > 0) return children.flatMap((child) => leavesOf(child, source));
  return node.getText(source) === '' ? [] : [node];
}

function kindOf(name: ts.Identifier): string {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent) && parent.name === name) {
    return ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? 'METHOD' : 'PROPERTY';
  }
  if (ts.isMethodDeclaration(parent) && parent.name === name) return 'METHOD';
  if ((ts.isPropertyAssignment(parent) || ts.isAccessor(parent)) && parent.name === name) return 'PROPERTY';
  if (ts.isNewExpression(parent) && parent.expression === name) return 'CLASS';
  if (ts.isClassLike(parent)) return 'CLASS';
  if (ts.isFunctionDeclaration(parent) && parent.name === name) return 'FUNCTION';
  if (ts.isCallExpression(parent) && parent.expression === name) return 'FUNCTION';
  return isParameter(name) ? 'PARAMETER' : 'VARIABLE';
}

/** Whether a function around the name has a parameter of that name. */
function isParameter(name: ts.Identifier): boolean {
  for (let node: ts.Node = name.parent; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionLike(node) && node.parameters.some((parameter) => binds(parameter.name, name.text)))
      return true;
  }
  return false;
}

function binds(pattern: ts.BindingName, text: string): boolean {
  if (ts.isIdentifier(pattern)) return pattern.text === text;
  return pattern.elements.some((element) => ts.isBindingElement(element) && binds(element.name, text));
}
