/** `shop.com/sale`, as people say it; an address on the web begins with how it is reached. */
const SAID = /^[\w-]+(\.[\w-]+)+([/?#]\S*)?$/;

/** An address as it is meant: where nothing says how it is reached, by https. */
export const meantAddress = (typed: string): string => (SAID.test(typed.trim()) ? `https://${typed.trim()}` : typed);
