/** The words of DynamoDB's expressions, one after the other. */

/** `#name`, `:value`, a name, or one of `( ) , + = <> < <= > >=`. */
const TOKEN = /\s*(#\w+|:\w+|[A-Za-z]\w*|<>|<=|>=|[()+,<>=])/y;

export interface Tokens {
  /** The next one, which stays; empty at the end. */
  peek(): string;
  next(): string;
  /** Takes it if it comes next. */
  takes(token: string): boolean;
  expect(token: string): void;
  end(): void;
}

/** @throws Error for a character that no expression of ours has */
export function tokensOf(expression: string): Tokens {
  const tokens: string[] = [];
  for (let at = 0; at < expression.trimEnd().length;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(expression)?.[1];
    if (token === undefined) throw unknown(expression, expression.slice(at));
    tokens.push(token);
    at = TOKEN.lastIndex;
  }
  let index = 0;
  const peek = (): string => tokens[index] ?? '';
  const next = (): string => {
    const token = peek();
    index += 1;
    return token;
  };
  const takes = (token: string): boolean => {
    if (peek() !== token) return false;
    index += 1;
    return true;
  };
  return {
    peek,
    next,
    takes,
    expect: (token) => {
      if (!takes(token)) throw unknown(expression, `${peek()} instead of ${token}`);
    },
    end: () => {
      if (peek() !== '') throw unknown(expression, peek());
    },
  };
}

const unknown = (expression: string, what: string): Error =>
  new Error(`the DynamoDB model does not understand "${what}" in "${expression}"`);
