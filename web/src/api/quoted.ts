/** What the server marks as written somewhere, a name or some code, in the marks that people use: the one place where that is done. Pure. */
export const quoted = (text: string): string => text.replace(/`` (.+?) ``|`([^`]*)`/g, (_, whole?: string, plain?: string) => `“${whole ?? plain}”`);

/** A sentence begins with a capital letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What is wrong, and what would be right, in one line that begins as a sentence does. */
export const saysFlaw = ({ message, hint }: { message: string; hint: string }): string => capital(quoted(hint ? `${message}; ${hint}` : message));
