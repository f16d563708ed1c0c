/** The text itself: HTML or MJML with Liquid, coloured, with what may be read offered while typing and faults shown where they are. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { liquid } from "@codemirror/lang-liquid";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { Schemas } from "../api/client";
import "./code.css";

export type Flaw = Schemas["TextFlaw"];
export type Variable = Schemas["Variable"];
interface Props { text: string; format: string; problems: Flaw[]; variables: Variable[]; readOnly?: boolean; onChange: (text: string) => void; label: string }

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
/** What lines are measured by, set before the first of them is. */
const measures = EditorView.theme({
  "&": { fontSize: "0.8125rem", height: "min(68vh, 760px)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.6" },
});
const language = (format: string) => (format === "mjml" || format === "html" ? liquid({ base: html({ matchClosingTags: false }) }) : liquid());

export function Code({ text, format, problems, variables, readOnly = false, onChange, label }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const known = useRef(variables);
  const tell = useRef(onChange);
  const tongue = useRef(new Compartment());
  useEffect(() => { known.current = variables; tell.current = onChange; });
  useEffect(() => {
    const complete = (context: CompletionContext) => {
      const word = context.matchBefore(/\{[{%][^{}%]*?([\w.[\]'-]*)$/);
      if (!word) return null;
      const typed = /[\w.[\]'-]*$/.exec(word.text)![0];
      return {
        from: context.pos - typed.length,
        options: known.current.map((each) => ({ label: each.path, detail: each.example || each.types.join(" or "), type: "variable" })),
        validFor: /^[\w.[\]'-]*$/,
      };
    };
    const made = new EditorView({
      parent: frame.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonce), measures,
          lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), indentOnInput(), highlightSelectionMatches(), lintGutter(),
          syntaxHighlighting(classHighlighter), EditorView.lineWrapping, tongue.current.of(language(format)),
          autocompletion({ override: [complete], icons: false }),
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
      return { from, to: Math.max(line.to, from), severity: each.warning ? "warning" as const : "error" as const, message: each.hint ? `${each.message}; ${each.hint}` : each.message };
    });
    view.dispatch(setDiagnostics(view.state, marks));
  }, [problems]);
  return <div ref={frame} className="code-frame" />;
}
