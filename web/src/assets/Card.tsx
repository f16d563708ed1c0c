/** One picture among others: what it looks like, what it is called, how large it is. */
import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { measure, type Asset } from "./assets";
import "./assets.css";

interface Props { of: Asset; pressed?: boolean; onOpen: () => void; children?: ReactNode }

export function Card({ of, pressed, onOpen, children }: Props) {
  return (
    <li className="asset-card" data-item>
      <button type="button" data-row className="asset-open" aria-pressed={pressed} onClick={onOpen}>
        <span className="asset-look"><img src={of.path} alt="" loading="lazy" decoding="async" /></span>
        <span className="asset-said"><span className="asset-name" title={of.name}>{of.name}</span><span className="asset-about figures">{measure(of)}</span>{of.says && <VisuallyHidden>{of.says}</VisuallyHidden>}</span>
      </button>
      {children}
    </li>
  );
}
