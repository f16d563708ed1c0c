/** Pictures: read, uploaded with their progress, and how messages name them. */
import { queryOptions } from "@tanstack/react-query";
import { api, data, Refused, standing, type Schemas } from "../api/client";

export type Asset = Schemas["AssetShown"];
export const LARGEST = 5 << 20;
export const TAKES = "image/png,image/jpeg,image/gif,image/webp";

export const assets = (workspace: string) => queryOptions({ queryKey: ["content", workspace, "assets"], queryFn: () => data(api.GET("/api/assets")) });

export const named = (name: string) => `{{ assets['${name}'] }}`;

/** The name in `{{ assets['hero.png'] }}`; "" where it is anything else. */
export const nameIn = (liquid: string) => /^\{\{-?\s*assets\[\s*(?:'([^']*)'|"([^"]*)")\s*\]\s*-?\}\}$/.exec(liquid.trim())?.slice(1).find(Boolean) ?? "";

/** `600 × 200, 12 KB` */
export const measure = (of: Asset) => `${of.width} × ${of.height}, ${of.size < 1 << 20 ? `${Math.max(1, Math.round(of.size / 1024))} KB` : `${(of.size / (1 << 20)).toFixed(1)} MB`}`;

/** Upload a file; `at` is told how much of it is there, from 0 to 1. `over`: the picture whose place it takes. */
export function upload(file: File, at: (share: number) => void, over = ""): Promise<Asset> {
  if (file.size > LARGEST) return Promise.reject(new Refused(413, `${file.name} is larger than 5 MB.`, "Save it smaller: a mail is some 600 pixels wide."));
  return new Promise((done, fail) => {
    const sent = new XMLHttpRequest();
    sent.open(over ? "PUT" : "POST", over ? `/api/assets/${encodeURIComponent(over)}` : `/api/assets?file=${encodeURIComponent(file.name.slice(0, 300))}`);
    sent.setRequestHeader("x-workspace", standing.workspace);
    sent.setRequestHeader("x-csrf", standing.csrf);
    sent.setRequestHeader("content-type", "application/octet-stream");
    sent.responseType = "json";
    sent.upload.onprogress = (event) => { if (event.lengthComputable) at(event.loaded / event.total); };
    sent.onerror = () => fail(new Refused(0, "The server can't be reached. Check the connection and try again."));
    sent.onload = () => {
      const said = (sent.response ?? {}) as Asset & { detail?: string; hint?: string; code?: string };
      if (sent.status < 300) done(said);
      else fail(new Refused(sent.status, said.detail ?? "The server does not answer. Try again in a moment.", said.hint, said.code));
    };
    sent.send(file);
  });
}
