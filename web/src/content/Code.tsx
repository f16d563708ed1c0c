/** The text itself: HTML or MJML with Liquid, coloured, with what may be read offered while typing and faults shown where they are. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html, htmlCompletionSourceWith } from "@codemirror/lang-html";
import { liquid } from "@codemirror/lang-liquid";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { Select } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Schemas } from "../api/client";
import { saysFlaw } from "../api/quoted";
import { offers } from "./completion";
import { begun } from "./words";
import "./code.css";

export type Flaw = Schemas["TextFlaw"];
export type Variable = Schemas["Variable"];
type Words = Schemas["ContentWords"];
/** A line that is gone to. */
export interface At { line: number }
interface Props {
  text: string; format: string; problems: Flaw[]; words: Words | undefined; variables: readonly Variable[]; /** Where the cursor is put, each time another is given. */
  at?: At | undefined;
  readOnly?: boolean; onChange: (text: string) => void; label: string;
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
/** What lines are measured by, set before the first of them is. */
const measures = EditorView.theme({
  "&": { fontSize: "0.8125rem", height: "min(68vh, 760px)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.6" },
});
const language = (format: string) => (format === "mjml" || format === "html" ? liquid({ base: html({ matchClosingTags: false }) }) : liquid());

export function Code({ text, format, problems, words, variables, at, readOnly = false, onChange, label }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const known = useRef({ format, words, variables });
  const tell = useRef(onChange);
  const tongue = useRef(new Compartment());
  useEffect(() => { known.current = { format, words, variables }; tell.current = onChange; });
  useEffect(() => {
    const liquids = (context: CompletionContext) => {
      const found = offers(context.state.sliceDoc(Math.max(0, context.pos - 500), context.pos), known.current.words, known.current.variables);
      return found && { from: context.pos - found.from, options: found.options, validFor: /^[\w.[\]'"-]*$/ };
    };
    const elements = (context: CompletionContext) => {
      if (known.current.format !== "mjml" && known.current.format !== "html") return null;
      const own = known.current.format === "mjml" ? known.current.words?.elements : undefined;
      const extraTags = Object.fromEntries(Object.entries(own ?? {}).map(([name, attributes]) => [name, { attrs: Object.fromEntries(attributes.map((each) => [each, null])), globalAttrs: false }]));
      return htmlCompletionSourceWith({ extraTags })(context);
    };
    const made = new EditorView({
      parent: frame.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonce), measures,
          lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), indentOnInput(), highlightSelectionMatches(), lintGutter(),
          syntaxHighlighting(classHighlighter), EditorView.lineWrapping, tongue.current.of(language(format)),
          autocompletion({ override: [liquids, elements], icons: false }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
          EditorView.updateListener.of((update) => { if (update.docChanged) tell.current(update.state.doc.toString()); }),
        ],
      }),
    });
    editor.current = made;
    return () => made.destroy();
    // made once; what changes later is told to it below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const view = editor.current;
    if (view && view.state.doc.toString() !== text) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => { editor.current?.dispatch({ effects: tongue.current.reconfigure(language(format)) }); }, [format]);
  useEffect(() => {
    const view = editor.current;
    if (!view) return;
    const { doc } = view.state;
    const marks = problems.filter((each) => !each.file && each.line > 0 && each.line <= doc.lines).map((each) => {
      const line = doc.line(each.line);
      const from = Math.min(line.from + Math.max(each.column - 1, 0), line.to);
      return { from, to: Math.max(line.to, from), severity: each.warning ? "warning" as const : "error" as const, message: saysFlaw(each) };
    });
    view.dispatch(setDiagnostics(view.state, marks));
  }, [problems]);
  useEffect(() => {
    const view = editor.current;
    if (!view || !at) return;
    const { from } = view.state.doc.line(Math.min(at.line, view.state.doc.lines));
    view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.focus();
  }, [at]);
  /** What is typed next stands there for whom the value is not known. */
  const insert = (path: string) => {
    const view = editor.current!;
    const { from, to } = view.state.selection.main;
    const [opens, ends] = begun(path);
    view.dispatch({ changes: { from, to, insert: opens + ends }, selection: { anchor: from + opens.length }, scrollIntoView: true });
    setTimeout(() => view.focus());
  };
  return (
    <>
      {!readOnly && <Select size="xs" w={190} mb={6} aria-label="Insert a value" placeholder="Insert a value…" searchable value={null} data={variables.map((each) => each.path)} onChange={(path) => path && insert(path)} />}
      <div ref={frame} className="code-frame" />
    </>
  );
}
