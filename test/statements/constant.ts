import ts from 'typescript';

/** What an expression is known to be before the program runs; `undefined` stands for nothing known. */
type Known = string | number | boolean | null | Known[] | { node: ts.Node; env: Env } | undefined;
/** Arguments of the functions that are looked into. */
type Env = ReadonlyMap<ts.Symbol, Known[]>;

/** More than so many ways in which one text can come out are not told apart. */
const MOST = 64;

/**
 * The texts that an expression can have, found by reading the source: constants, templates, what a function of one
 * expression returns, both sides of a condition. A number that is not known is 1, as any number serves.
 * @returns null when something in it is known only while the program runs
 */
export function textsOf(checker: ts.TypeChecker, expression: ts.Expression): string[] | null {
  const found = new Reader(checker).read(expression, new Map());
  return found.length > 0 && found.every((value) => typeof value === 'string') ? found : null;
}

/** The expression of a property of an object that is written down somewhere. */
export function propertyOf(checker: ts.TypeChecker, node: ts.Expression, name: string): ts.Expression | null {
  const target = new Reader(checker).read(node, new Map())[0];
  if (!target || typeof target !== 'object' || Array.isArray(target)) return null;
  return ts.isObjectLiteralExpression(target.node) ? propertyIn(target.node, name) : null;
}

function propertyIn(object: ts.ObjectLiteralExpression, name: string): ts.Expression | null {
  for (const property of object.properties) {
    if (property.name?.getText().replace(/^['"]|['"]$/g, '') !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return null;
}

class Reader {
  private readonly checker: ts.TypeChecker;
  private depth = 0;

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  read(node: ts.Expression, env: Env): Known[] {
    if (this.depth > 40) return [undefined];
    this.depth += 1;
    try {
      const found = this.readAny(node, env);
      return found.some((value) => value === undefined) ? this.byType(node, found) : found.slice(0, MOST);
    } finally {
      this.depth -= 1;
    }
  }

  /** What is not written down may still have only few values, says its type. */
  private byType(node: ts.Expression, found: Known[]): Known[] {
    const type = this.checker.getTypeAtLocation(node);
    const parts = type.isUnion() ? type.types : [type];
    if (parts.every((part) => part.isStringLiteral() || part.isNumberLiteral()))
      return parts.map((part) => (part as ts.LiteralType).value as string | number);
    return type.flags & ts.TypeFlags.NumberLike ? [1] : found;
  }

  private readAny(node: ts.Expression, env: Env): Known[] {
    if (ts.isStringLiteralLike(node)) return [node.text];
    if (ts.isNumericLiteral(node)) return [Number(node.text.replaceAll('_', ''))];
    if (node.kind === ts.SyntaxKind.TrueKeyword) return [true];
    if (node.kind === ts.SyntaxKind.FalseKeyword) return [false];
    if (node.kind === ts.SyntaxKind.NullKeyword) return [null];
    if (
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isNonNullExpression(node)
    )
      return this.read(node.expression, env);
    if (ts.isTemplateExpression(node)) return this.template(node, env);
    if (ts.isBinaryExpression(node)) return this.binary(node, env);
    if (ts.isConditionalExpression(node))
      return [...this.read(node.whenTrue, env), ...this.read(node.whenFalse, env)];
    if (ts.isIdentifier(node)) return this.named(node, env);
    if (ts.isPropertyAccessExpression(node)) return this.property(node, node.name.text, env);
    if (ts.isElementAccessExpression(node)) return this.element(node, env);
    if (ts.isArrayLiteralExpression(node)) return this.array(node, env);
    if (ts.isCallExpression(node)) return this.call(node, env);
    if (ts.isObjectLiteralExpression(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node))
      return [{ node, env }];
    return [undefined];
  }

  private template(node: ts.TemplateExpression, env: Env): Known[] {
    let texts = [node.head.text];
    for (const { expression, literal } of node.templateSpans) {
      const values = this.read(expression, env);
      const words = values.filter((value) => typeof value === 'string' || typeof value === 'number');
      if (words.length < values.length) return [undefined];
      texts = texts.flatMap((text) => words.map((word) => `${text}${word}${literal.text}`));
      texts = texts.slice(0, MOST);
    }
    return texts;
  }

  private binary(node: ts.BinaryExpression, env: Env): Known[] {
    const left = this.read(node.left, env);
    const right = this.read(node.right, env);
    const operator = node.operatorToken.kind;
    if (operator === ts.SyntaxKind.QuestionQuestionToken || operator === ts.SyntaxKind.BarBarToken)
      return [...left, ...right].filter((value) => value !== null);
    return left.flatMap((a) =>
      right.map((b) => {
        if (typeof a === 'number' && typeof b === 'number') return arithmetic(operator, a, b);
        const isSum = operator === ts.SyntaxKind.PlusToken;
        return isSum && typeof a === 'string' && typeof b === 'string' ? a + b : undefined;
      }),
    );
  }

  private named(node: ts.Identifier, env: Env): Known[] {
    let symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? this.checker.getShorthandAssignmentValueSymbol(node.parent)
      : this.checker.getSymbolAtLocation(node);
    if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = this.checker.getAliasedSymbol(symbol);
    if (!symbol) return [undefined];
    const given = env.get(symbol);
    if (given) return given;
    const declared = symbol.valueDeclaration;
    if (!declared) return [undefined];
    if (ts.isFunctionDeclaration(declared)) return [{ node: declared, env: new Map() }];
    const isConstant =
      ts.isVariableDeclaration(declared) && (ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const) !== 0;
    if (!isConstant || !declared.initializer || isFilledLater(declared)) return [undefined];
    return this.read(declared.initializer, env);
  }

  private property(node: ts.PropertyAccessExpression, name: string, env: Env): Known[] {
    return this.read(node.expression, env).flatMap((target): Known[] => {
      if (!target || typeof target !== 'object' || Array.isArray(target)) return [undefined];
      if (!ts.isObjectLiteralExpression(target.node)) return [undefined];
      const found = propertyIn(target.node, name);
      return found ? this.read(found, target.env) : [undefined];
    });
  }

  /** Any of an object's values, when it is not known which. */
  private element(node: ts.ElementAccessExpression, env: Env): Known[] {
    const keys = this.read(node.argumentExpression, env);
    return this.read(node.expression, env).flatMap((target): Known[] => {
      if (Array.isArray(target)) return target;
      if (!target || typeof target !== 'object' || !ts.isObjectLiteralExpression(target.node))
        return [undefined];
      const { properties } = target.node;
      const names = keys.every((key) => typeof key === 'string' || typeof key === 'number')
        ? keys.map(String)
        : properties.map((property) => property.name?.getText() ?? '');
      return names.flatMap((name): Known[] => {
        const found = propertyIn(target.node as ts.ObjectLiteralExpression, name);
        return found ? this.read(found, target.env) : [undefined];
      });
    });
  }

  private array(node: ts.ArrayLiteralExpression, env: Env): Known[] {
    const items: Known[] = [];
    for (const element of node.elements) {
      const [value] = this.read(ts.isSpreadElement(element) ? element.expression : element, env);
      if (ts.isSpreadElement(element) && Array.isArray(value)) items.push(...value);
      else items.push(value);
    }
    return [items];
  }

  private call(node: ts.CallExpression, env: Env): Known[] {
    const { expression } = node;
    if (ts.isPropertyAccessExpression(expression)) {
      const method = expression.name.text;
      const onText = ['join', 'map', 'trim', 'replaceAll', 'escapeLiteral'].includes(method);
      if (onText) return this.method(expression.expression, method, node.arguments, env);
    }
    const [target] = this.read(expression, env);
    if (!target || typeof target !== 'object' || Array.isArray(target)) return [undefined];
    return this.applied(
      target,
      node.arguments.map((argument) => this.read(argument, env)),
    );
  }

  private applied(target: { node: ts.Node; env: Env }, values: Known[][]): Known[] {
    const body = target.node as ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression;
    if (!ts.isFunctionLike(body) || !body.body) return [undefined];
    const inner = new Map(target.env);
    body.parameters.forEach((parameter, at) => {
      const symbol = this.checker.getSymbolAtLocation(parameter.name);
      const rest = parameter.dotDotDotToken && [values.slice(at).map(([value]) => value)];
      const given =
        rest ?? values[at] ?? (parameter.initializer ? this.read(parameter.initializer, inner) : [null]);
      if (symbol) inner.set(symbol, given);
    });
    if (!ts.isBlock(body.body)) return this.read(body.body, inner);
    const returned = returnsOf(body.body);
    return returned.length > 0 ? returned.flatMap((value) => this.read(value, inner)) : [undefined];
  }

  private method(on: ts.Expression, name: string, args: readonly ts.Expression[], env: Env): Known[] {
    if (name === 'escapeLiteral') return ["'x'"];
    return this.read(on, env).flatMap((value): Known[] => {
      if (name === 'trim') return [typeof value === 'string' ? value.trim() : undefined];
      if (!Array.isArray(value)) return [undefined];
      if (name === 'join') {
        const [between] = args[0] ? this.read(args[0], env) : [','];
        const isText = value.every((item) => typeof item === 'string' || typeof item === 'number');
        return [isText && typeof between === 'string' ? value.join(between) : undefined];
      }
      const [mapper] = args[0] ? this.read(args[0], env) : [];
      if (name !== 'map' || !mapper || typeof mapper !== 'object' || Array.isArray(mapper))
        return [undefined];
      return [value.map((item, at) => this.applied(mapper, [[item], [at]])[0])];
    });
  }
}

/** An array that is empty where it is made has its items added by what follows. */
function isFilledLater({ initializer }: ts.VariableDeclaration): boolean {
  return !!initializer && ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0;
}

function arithmetic(operator: ts.SyntaxKind, a: number, b: number): number | undefined {
  if (operator === ts.SyntaxKind.PlusToken) return a + b;
  if (operator === ts.SyntaxKind.MinusToken) return a - b;
  if (operator === ts.SyntaxKind.AsteriskToken) return a * b;
  return operator === ts.SyntaxKind.SlashToken ? a / b : undefined;
}

/** What a function returns, not those inside it. */
function returnsOf(body: ts.Node): ts.Expression[] {
  const found: ts.Expression[] = [];
  ts.forEachChild(body, function look(node) {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    else ts.forEachChild(node, look);
  });
  return found;
}
