/** What is wrong and what would be right, as two sentences: whoever answers may have written neither a capital nor a full stop. */
export const sentence = (...parts: string[]): string => parts.filter(Boolean).map((each) => each.charAt(0).toUpperCase() + each.slice(1) + (/[.!?…:]$/.test(each) ? "" : ".")).join(" ");
