import { ensureSyntaxTree } from "@codemirror/language";
import type { EditorState, Line } from "@codemirror/state";

type SyntaxNode = NonNullable<ReturnType<typeof ensureSyntaxTree>>["topNode"];

/** How long the parser may take to reach the end of the statement. */
const PARSE_MS = 200;

const STATEMENT = /Statement$|^(FunctionDefinition|ClassDefinition|StatementGroup|TypeDefinition)$/;

/** The first and last line of the statement that `line` belongs to; `undefined` for a blank line or a comment. */
export function statementLines(state: EditorState, line: Line): { first: Line; last: Line } | undefined {
  const code = line.from + line.text.length - line.text.trimStart().length;
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS);
  const at = tree?.resolveInner(code, 1);
  // A blank line in the middle of a string belongs to its statement.
  if ((line.text.trim() === "" && at?.name !== "String" && at?.name !== "FormatString") || at?.name === "Comment") return undefined;
  let node: SyntaxNode | null | undefined = at;
  while (node && !STATEMENT.test(node.name)) node = node.parent;
  if (!node) return { first: line, last: line };
  // A decorated function is one statement with its decorators.
  if (node.parent?.name === "DecoratedStatement") node = node.parent;
  const end = node.from + state.sliceDoc(node.from, node.to).trimEnd().length;
  const last = state.doc.lineAt(Math.max(end, line.to));
  return { first: state.doc.lineAt(Math.min(node.from, line.from)), last };
}
