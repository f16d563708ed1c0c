/** What the server marks as written somewhere, a name or some code, in the marks that people use: the one place where that is done. Pure. */
export const quoted = (text: string): string => text.replace(/`([^`]*)`/g, "“$1”");

/** What is wrong, and what would be right, in one line. */
export const saysFlaw = ({ message, hint }: { message: string; hint: string }): string => quoted(hint ? `${message}; ${hint}` : message);
