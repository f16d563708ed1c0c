/** Words of a block, edited where they stand: bold, links, lists, and Liquid as chips. */
import { ActionIcon, Button, Group, Popover, Select, Text, TextInput } from "@mantine/core";
import { IconBold, IconItalic, IconLink, IconList, IconListNumbers, IconUnderline } from "@tabler/icons-react";
import { mergeAttributes, Node } from "@tiptap/core";
import { NodeSelection, TextSelection, type EditorState } from "@tiptap/pm/state";
import { EditorContent, NodeViewWrapper, ReactNodeViewRenderer, useEditor, useEditorState, type Editor, type NodeViewProps } from "@tiptap/react";
import StarterKit from "@tiptap/starter-kit";
import { createContext, useContext, useState, type FormEvent } from "react";
import type { Variable } from "./Code";
import { meantAddress } from "../ui/address";
import { paragraphs, pasted } from "./pasted";
import { Chip } from "./Shown";
import { fallback, label as nameOf, mask, same, withChips, withFallback, written } from "./words";

const Known = createContext<(path: string) => string | undefined>(() => undefined);

function ChipView({ node }: NodeViewProps) {
  const known = useContext(Known);
  return <NodeViewWrapper as="span" style={{ whiteSpace: "nowrap" }}><Chip liquid={String(node.attrs.liquid)} known={known} /></NodeViewWrapper>;
}

const Liquid = Node.create({
  name: "liquid", group: "inline", inline: true, atom: true, selectable: true,
  addAttributes: () => ({ liquid: { default: "", parseHTML: (element) => element.getAttribute("data-liquid"), renderHTML: (given) => ({ "data-liquid": given.liquid as string }) } }),
  parseHTML: () => [{ tag: "span[data-liquid]" }],
  renderHTML: ({ HTMLAttributes }) => ["span", mergeAttributes(HTMLAttributes)],
  addNodeView: () => ReactNodeViewRenderer(ChipView, { as: "span" }),
});

const extensions = [
  StarterKit.configure({
    blockquote: false, code: false, codeBlock: false, heading: false, horizontalRule: false, strike: false,
    link: { openOnClick: false, autolink: false, HTMLAttributes: { target: null, rel: null, class: null }, isAllowedUri: (url) => !/^\s*(javascript|data|vbscript):/i.test(url) },
  }),
  Liquid,
];

interface Props { content: string; label: string; variables: readonly Variable[]; known: (path: string) => string | undefined; onChange: (content: string) => void }

/** Whether the editor would leave a text as it is where it is not asked to change it. */
export function keeps(content: string, html: string, pieces: string[]): boolean {
  return same(written(html, pieces), content);
}

export function Words({ content, label, variables, known, onChange }: Props) {
  const [{ html, pieces }] = useState(() => mask(content));
  const [lossy, setLossy] = useState(false);
  const editor = useEditor({
    extensions,
    content: withChips({ html, pieces }),
    injectCSS: false,
    shouldRerenderOnTransaction: false,
    editorProps: {
      attributes: { "aria-label": label, "aria-multiline": "true", role: "textbox" },
      transformPastedHTML: pasted,
      handlePaste: (view, event) => {
        const items = event.clipboardData?.getData("text/html") ? null : paragraphs(event.clipboardData?.getData("text/plain") ?? "");
        return items !== null && view.pasteHTML(items);
      },
    },
    onCreate: ({ editor: made }) => setLossy(!keeps(content, made.getHTML(), pieces)),
    onUpdate: ({ editor: made }) => onChange(written(made.getHTML(), pieces)),
  });
  if (!editor) return null;
  if (lossy) return <textarea aria-label={`${label}, as HTML`} className="design-html" rows={6} defaultValue={content} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <Known.Provider value={known}>
      <Tools editor={editor} variables={variables} />
      <EditorContent editor={editor} className="design-words" />
    </Known.Provider>
  );
}

function Tools({ editor, variables }: { editor: Editor; variables: readonly Variable[] }) {
  const on = useEditorState({ editor, selector: ({ editor: now }) => ({ bold: now.isActive("bold"), italic: now.isActive("italic"), underline: now.isActive("underline"), bullets: now.isActive("bulletList"), numbers: now.isActive("orderedList"), link: now.isActive("link"), value: valueAt(now.state) }) });
  const tool = (name: string, pressed: boolean, icon: React.ReactNode, run: () => void) => (
    <ActionIcon key={name} size={28} variant={pressed ? "light" : "subtle"} color={pressed ? undefined : "gray"} aria-label={name} aria-pressed={pressed} onMouseDown={(event) => event.preventDefault()} onClick={run}>{icon}</ActionIcon>
  );
  return (
    <Group gap={2} className="design-tools" role="toolbar" aria-label="Text">
      {tool("Bold", on.bold, <IconBold size={16} />, () => editor.chain().focus().toggleBold().run())}
      {tool("Italic", on.italic, <IconItalic size={16} />, () => editor.chain().focus().toggleItalic().run())}
      {tool("Underline", on.underline, <IconUnderline size={16} />, () => editor.chain().focus().toggleUnderline().run())}
      {tool("Bullets", on.bullets, <IconList size={16} />, () => editor.chain().focus().toggleBulletList().run())}
      {tool("Numbers", on.numbers, <IconListNumbers size={16} />, () => editor.chain().focus().toggleOrderedList().run())}
      <LinkTool editor={editor} active={on.link} />
      <Select size="xs" w={170} aria-label="Insert a value" placeholder="Insert a value…" searchable selectFirstOptionOnChange value={null} data={variables.map((each) => ({ value: each.path, label: each.path }))} comboboxProps={{ withinPortal: true }}
        onChange={(path) => path && editor.chain().focus().insertContent({ type: "liquid", attrs: { liquid: `{{ ${path} }}` } }).run()} />
      {on.value && <Otherwise editor={editor} {...on.value} />}
    </Group>
  );
}

interface Value { liquid: string; at: number }

/** The value that is chosen, or that the cursor stands right behind; null where that is no value alone. */
function valueAt({ selection }: EditorState): Value | null {
  const node = selection instanceof NodeSelection ? selection.node : selection.empty ? selection.$from.nodeBefore : null;
  const liquid = node?.type.name === "liquid" ? String(node.attrs.liquid) : "";
  return fallback(liquid) === null ? null : { liquid, at: selection instanceof NodeSelection ? selection.from : selection.from - 1 };
}

/** What people read of whom a value is not known. */
function Otherwise({ editor, liquid, at }: Value & { editor: Editor }) {
  const set = (says: string) => editor.commands.command(({ tr }) => {
    const chosen = tr.selection instanceof NodeSelection;
    tr.setNodeMarkup(at, undefined, { liquid: withFallback(liquid, says) });
    tr.setSelection(chosen ? NodeSelection.create(tr.doc, at) : TextSelection.create(tr.doc, at + 1));
    return true;
  });
  return (
    <Group gap={6} w="100%" wrap="nowrap" px={4}>
      <Text size="xs" c="dimmed" truncate>Where {nameOf(liquid)} is not known:</Text>
      <TextInput size="xs" flex="1 0 130px" aria-label={`Where ${nameOf(liquid)} is not known`} placeholder="it is not sent" value={fallback(liquid) ?? ""} onChange={(event) => set(event.currentTarget.value)} />
    </Group>
  );
}

function LinkTool({ editor, active }: { editor: Editor; active: boolean }) {
  const [open, setOpen] = useState(false);
  const [url, setUrl] = useState("");
  const set = (event: FormEvent) => {
    event.preventDefault();
    if (url.trim()) editor.chain().focus().extendMarkRange("link").setLink({ href: meantAddress(url.trim()) }).run();
    else editor.chain().focus().extendMarkRange("link").unsetLink().run();
    setOpen(false);
  };
  return (
    <Popover opened={open} onChange={setOpen} trapFocus withinPortal>
      <Popover.Target>
        <ActionIcon size={28} variant={active ? "light" : "subtle"} color={active ? undefined : "gray"} aria-label="Link" aria-pressed={active} onClick={() => { setUrl(String(editor.getAttributes("link").href ?? "")); setOpen(!open); }}><IconLink size={16} /></ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={set}><Group gap="xs"><TextInput size="xs" aria-label="Address" placeholder="https://example.com" value={url} onChange={(event) => setUrl(event.currentTarget.value)} data-autofocus /><Button size="xs" type="submit">Set</Button></Group></form>
      </Popover.Dropdown>
    </Popover>
  );
}
