import { capital } from "../api/quoted";

/** What is wrong and what would be right, as two sentences: whoever answers may have written neither a capital nor a full stop. */
export const sentence = (...parts: string[]): string => parts.filter(Boolean).map((each) => capital(each) + (/[.!?…:]$/.test(each) ? "" : ".")).join(" ");
