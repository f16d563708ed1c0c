/** The draft as its file would have it: edited here it changes on the canvas, edited there it changes here. Faults stand at their line. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { api, data } from "../api/client";
import { saysFlaw } from "../api/quoted";
import { Waiting } from "../ui/Page";
import "./code.css";
import type { Journey } from "./document";
import type { Flaw } from "./useCheck";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

export default function Code({ journey, text, fresh, edit }: { journey: Journey; text: string | undefined; fresh: boolean; edit: (next: Journey, mark?: string) => void }) {
  const [begun, setBegun] = useState(false);
  useEffect(() => { if (fresh && text !== undefined) setBegun(true); }, [fresh, text]);
  if (!begun || text === undefined) return <Waiting />;
  return <Yaml journey={journey} text={text} fresh={fresh} edit={edit} />;
}

function Yaml({ journey, text, fresh, edit }: { journey: Journey; text: string; fresh: boolean; edit: (next: Journey, mark?: string) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const made = useRef<Journey>(journey);
  const asking = useRef<{ timer?: ReturnType<typeof setTimeout>; gone?: AbortController }>({});
  const [problems, setProblems] = useState<Flaw[]>([]);
  const [unread, setUnread] = useState(false);
  const latest = useRef({ edit, id: journey.journey });
  useEffect(() => { latest.current = { edit, id: journey.journey }; });
  useEffect(() => {
    const waits = asking.current;
    const read = (typed: string, wait: number) => {
      clearTimeout(waits.timer);
      waits.gone?.abort();
      const gone = (waits.gone = new AbortController());
      waits.timer = setTimeout(() => {
        void data(api.POST("/api/journeys/{journey}/read", { params: { path: { journey: latest.current.id } }, body: { text: typed }, signal: gone.signal })).then((said) => {
          if (gone.signal.aborted) return;
          setProblems(said.problems);
          setUnread(!isJourney(said.document));
          if (!isJourney(said.document) || !typed.trim() || wait === 0) return;
          made.current = said.document;
          latest.current.edit(said.document, "code");
        }, (error: Error) => { if (!gone.signal.aborted) setProblems([{ message: error.message, hint: "", step: "", field: "", line: 1, column: 1, warning: false, way: 0, part: "" }]); });
      }, wait);
    };
    const own = new EditorView({
      parent: frame.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonce), lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), indentOnInput(), highlightSelectionMatches(), lintGutter(),
          syntaxHighlighting(classHighlighter), EditorView.lineWrapping, yaml(),
          keymap.of([...searchKeymap, ...lintKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
          EditorView.contentAttributes.of({ "aria-label": "The journey as YAML", spellcheck: "false" }),
          EditorView.updateListener.of((update) => { if (update.docChanged && !update.transactions.some((each) => each.isUserEvent("told"))) read(update.state.doc.toString(), 400); }),
        ],
      }),
    });
    view.current = own;
    read(text, 0);
    return () => { clearTimeout(waits.timer); waits.gone?.abort(); own.destroy(); };
    // made once; what changes later is told to it below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    // changed elsewhere: by undo, or by somebody else
    const own = view.current;
    if (!own || !fresh || journey === made.current) return;
    made.current = journey;
    if (own.state.doc.toString() !== text) own.dispatch({ changes: { from: 0, to: own.state.doc.length, insert: text }, userEvent: "told" });
  }, [journey, text, fresh]);
  useEffect(() => {
    const own = view.current;
    if (!own) return;
    const { doc } = own.state;
    own.dispatch(setDiagnostics(own.state, problems.filter((each) => each.line > 0 && each.line <= doc.lines).map((each) => {
      const line = doc.line(each.line);
      const from = Math.min(line.from + Math.max(each.column - 1, 0), line.to);
      return { from, to: Math.max(line.to, from), severity: each.warning ? "warning" : "error", message: saysFlaw(each) };
    })));
  }, [problems]);
  const first = problems.find((each) => !each.warning);
  return (
    <>
      <div ref={frame} className="yaml-frame" />
      <Text size="xs" px="md" py={8} role="status" c={first ? "var(--mantine-color-error)" : "dimmed"}>
        {first ? `${first.line ? `Line ${first.line}: ` : ""}${saysFlaw(first)}` : "This is the journey’s file. What you change here changes on the canvas."}
        {unread && " The canvas stays as it was until this can be read."}
      </Text>
    </>
  );
}

function isJourney(document: unknown): document is Journey {
  if (typeof document !== "object" || document === null) return false;
  const { steps, trigger } = document as Partial<Journey>;
  return typeof trigger === "object" && trigger !== null && !Array.isArray(trigger) && Array.isArray(steps) && steps.every((step) => typeof step === "object" && step !== null && typeof step.id === "string");
}
