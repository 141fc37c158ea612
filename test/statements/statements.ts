import path from 'node:path';
import ts from 'typescript';
import { propertyOf, textsOf } from './constant.ts';

/** A value as a column's parser makes it; `any` goes with every column. */
export type Kind = 'string' | 'number' | 'boolean' | 'Date' | 'Buffer' | 'array' | 'object' | 'any';

export interface Statement {
  /** File and line. */
  where: string;
  /** The texts that it can have; null when that is known only while the program runs. */
  texts: string[] | null;
  /** The declared row; null when the caller reads none. */
  row: Map<string, { kinds: Set<Kind>; nullable: boolean }> | null;
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Every call of `query` in the app that hands a text to PostgreSQL. */
export function readStatements(): Statement[] {
  const read = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const config = { ...(read.config as object), include: ['app'] };
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${ROOT}/app/`) && !fileName.includes('/generated/'))
    .flatMap((file) => callsIn(file).filter((call) => isAsked(checker, call)))
    .map((call) => statementOf(checker, call));
}

function callsIn(file: ts.SourceFile): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  ts.forEachChild(file, function look(node) {
    const isCall = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression);
    if (isCall && node.expression.name.text === 'query' && node.arguments.length > 0) found.push(node);
    ts.forEachChild(node, look);
  });
  return found;
}

/** Whether the method is declared by the driver, or by what is made of it. */
function isAsked(checker: ts.TypeChecker, call: ts.CallExpression): boolean {
  const declared = checker.getResolvedSignature(call)?.declaration?.getSourceFile().fileName ?? '';
  return declared.includes('@types/pg');
}

function statementOf(checker: ts.TypeChecker, call: ts.CallExpression): Statement {
  const file = call.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(call.getStart()).line + 1;
  const [first] = call.arguments as unknown as [ts.Expression];
  const isText = (checker.getTypeAtLocation(first).flags & ts.TypeFlags.StringLike) !== 0;
  const text = isText ? first : propertyOf(checker, first, 'text');
  const [row] = call.typeArguments ?? [];
  return {
    where: `${path.relative(ROOT, file.fileName)}:${line}`,
    texts: text && textsOf(checker, text),
    row: row ? rowOf(checker, checker.getTypeFromTypeNode(row), call) : null,
  };
}

function rowOf(checker: ts.TypeChecker, type: ts.Type, at: ts.Node): Statement['row'] {
  // A type of the caller's caller: nothing is said of it here.
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) return null;
  const properties = checker.getPropertiesOfType(type);
  if (properties.length === 0) return null;
  return new Map(
    properties.map((property) => {
      const parts = partsOf(checker.getTypeOfSymbolAtLocation(property, at));
      const empty = ts.TypeFlags.Null | ts.TypeFlags.Undefined;
      const kinds = new Set(
        parts.filter(({ flags }) => !(flags & empty)).map((part) => kindOf(checker, part)),
      );
      return [
        property.name,
        { kinds, nullable: kinds.has('any') || parts.some(({ flags }) => flags & empty) },
      ];
    }),
  );
}

const partsOf = (type: ts.Type): ts.Type[] => (type.isUnion() ? type.types.flatMap(partsOf) : [type]);

function kindOf(checker: ts.TypeChecker, type: ts.Type): Kind {
  if (type.flags & ts.TypeFlags.StringLike) return 'string';
  if (type.flags & ts.TypeFlags.NumberLike) return 'number';
  if (type.flags & ts.TypeFlags.BooleanLike) return 'boolean';
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return 'any';
  const name = type.getSymbol()?.name ?? '';
  if (name === 'Date') return 'Date';
  if (name === 'Buffer' || name === 'Uint8Array') return 'Buffer';
  if (checker.isArrayType(type) || checker.isTupleType(type)) return 'array';
  // A branded string is a string.
  if (type.isIntersection())
    return type.types.map((part) => kindOf(checker, part)).find((k) => k !== 'object') ?? 'object';
  return 'object';
}
