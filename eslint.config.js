import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom: `to` may not be imported from `from`, unless it lies in `except`. A file `x-sql.ts` is a part of a
 * statement on its owner's table, for the one larger statement that it is in (docs/decisions/0003-tables.md).
 */
const zones = [
  {
    target: './app/lib',
    from: './app',
    except: ['./lib', './generated'],
    message: 'lib knows nothing above it.',
  },
  {
    target: './app/features',
    from: './app',
    except: ['./features', './lib', './generated'],
    message: 'features import lib and, one way, each other.',
  },
  {
    target: './app/features/processes',
    from: './app/features',
    except: ['./processes'],
    message: 'who is alive is known beneath all others.',
  },
  {
    target: './app/features/facts',
    from: './app/features',
    except: ['./facts', './processes'],
    message: 'intake → delivery → facts',
  },
  {
    target: './app/features/audit',
    from: './app/features',
    except: ['./audit', './processes', './facts'],
    message: 'audit puts the end of its chain on record: audit → facts.',
  },
  {
    target: './app/features/access',
    from: './app/features',
    except: ['./access', './processes', './audit'],
    message: 'access → audit → facts',
  },
  {
    target: ['./app/features/overview', './app/worker'],
    from: './app/features/access',
    message: 'who may do what is asked in routes, server and cli only.',
  },
  {
    target: './app/features/notify',
    from: './app/features',
    except: ['./notify', './processes', './facts', './audit'],
    message: 'health → alerts → incidents → notify',
  },
  {
    target: './app/features/incidents',
    from: './app/features',
    except: [
      './incidents',
      './processes',
      './notify',
      './facts',
      './audit',
      './alerts/alert-rows.server.ts',
      './access/people/message-reader.server.ts',
    ],
    message: 'health → alerts → incidents → notify; a link in a message is somebody’s.',
  },
  {
    target: './app/features/alerts',
    from: './app/features',
    except: [
      './alerts',
      './processes',
      './incidents',
      './notify',
      './facts',
      './audit',
      './tickets/hand-waits.server.ts',
      './backup',
    ],
    message: 'health → alerts → incidents → notify; who waits by hand counts as well.',
  },
  {
    target: './app/features/health',
    from: './app/features',
    except: [
      './health',
      './processes',
      './alerts',
      './incidents',
      './notify',
      './facts',
      './audit',
      './intake/credentials',
    ],
    message: 'health → alerts → incidents → notify; the secrets in force are compared with Chatwoot.',
  },
  {
    target: './app/features/waiting',
    from: './app/features',
    except: [
      './waiting',
      './processes',
      './facts',
      './audit',
      './tickets/hand-waits.server.ts',
      './intake/deleted-messages.server.ts',
    ],
    message: 'waiting reads what intake stored.',
  },
  {
    target: './app/features/arrival',
    from: './app/features',
    except: [
      './arrival',
      './processes',
      './delivery/hold-messages.server.ts',
      './health',
      './waiting',
      './intake',
      './incidents',
      './notify',
      './facts',
      './audit',
    ],
    message:
      'arrival compares Chatwoot with what intake stored, hands it what was missed before what is newer or withholds it, and probes why.',
  },
  {
    target: './app/features/fallback',
    from: './app/features',
    except: [
      './fallback',
      './processes',
      './waiting',
      './delivery',
      './incidents',
      './notify',
      './facts',
      './audit',
    ],
    message: 'fallback → incidents, backlog, delivery',
  },
  {
    target: './app/features/tickets',
    from: './app/features',
    except: ['./tickets', './processes', './notify', './audit'],
    message: 'tickets are kept by hand: they need nobody but the mail server.',
  },
  {
    target: './app/features/drill',
    from: './app/features',
    except: [
      './drill',
      './alerts',
      './processes',
      './fallback',
      './health',
      './incidents',
      './notify',
      './status',
      './facts',
      './audit',
    ],
    message: 'drill → alerts, fallback, health, incidents, notify, status',
  },
  {
    target: './app/features/backup',
    from: './app/features',
    except: ['./backup', './processes', './intake', './facts', './audit'],
    message: 'backups hold what the others keep, and know what a webhook, the ledger and the audit log are.',
  },
  {
    target: './app/features/canary',
    from: './app/features',
    except: ['./canary', './processes', './audit'],
    message: 'canary asks nobody but Chatwoot.',
  },
  {
    target: './app/features/recovery',
    from: './app/features',
    except: [
      './recovery',
      './processes',
      './canary',
      './waiting',
      './incidents',
      './facts',
      './audit',
      './tickets/hand-waits.server.ts',
    ],
    message: 'recovery reads what the others recorded.',
  },
  {
    target: './app/features/report',
    from: './app/features',
    except: [
      './report',
      './processes',
      './recovery',
      './health',
      './fallback',
      './arrival',
      './waiting',
      './incidents',
      './notify',
      './facts',
      './audit',
    ],
    message: 'the report reads what the others recorded.',
  },
  {
    target: './app/features/status',
    from: './app/features',
    except: [
      './status',
      './processes',
      './health',
      './incidents',
      './fallback',
      './notify',
      './facts',
      './audit',
      './recovery/gate-marks.server.ts',
      './tickets/templates.server.ts',
      './tickets/fill-template.ts',
    ],
    message: 'the status page tells of health, incidents and fallback mode, and nobody knows of it.',
  },
  {
    target: './app/features/delivery',
    from: './app/features',
    except: [
      './delivery',
      './processes',
      './facts',
      './audit',
      './intake/inbox-row.ts',
      './intake/deleted-messages.server.ts',
    ],
    message: 'intake → delivery → facts, audit',
  },
  {
    target: './app/features/intake',
    from: './app/features',
    except: [
      './intake',
      './processes',
      './delivery',
      './facts',
      './audit',
      './arrival/comparison/came-after-all-sql.ts',
    ],
    message: 'intake → delivery → facts, audit',
  },
  {
    target: './app/components',
    from: './app',
    except: ['./components', './features', './lib'],
    message: 'components take props; of features and lib they may import types and pure code.',
  },
  {
    target: './app/routes',
    from: './app',
    except: ['./routes', './components', './features', './lib'],
    message: 'routes → features → lib',
  },
  {
    target: './app/worker',
    from: './app',
    except: ['./worker', './features', './lib'],
    message: 'worker → features → lib',
  },
  {
    target: './app/cli',
    from: './app',
    except: ['./cli', './features', './lib'],
    message: 'cli → features → lib',
  },
  { target: './app/sandbox', from: './app', except: ['./sandbox'], message: 'the sandbox speaks HTTP only.' },
  {
    target: ['./app/server'],
    from: './app/sandbox',
    message: 'a production start never contains the sandbox.',
  },
];

const STORABLE = {
  selector:
    "CallExpression[callee.property.name='query'] CallExpression[callee.object.name='JSON'][callee.property.name='stringify']",
  message: 'storableJson: PostgreSQL refuses NUL and halves of surrogate pairs.',
};
const FACTS_HOME = {
  selector: 'TemplateElement[value.raw=/INSERT INTO dashboard_facts|fact_type (=|IN) [^$]*support[.]/]',
  message: 'recordFact, insertFacts, factType: types of facts have one home, features/facts.',
};
const ONE_CLOCK = [
  "NewExpression[callee.name='Date'][arguments.length=0]",
  "CallExpression[callee.object.name='Date'][callee.property.name='now']",
].map((selector) => ({ selector, message: 'db.clock.now(): the clock of this machine may be wrong.' }));

export default tseslint.config(
  { ignores: ['build/', 'app/generated/', 'var/', 'artifacts/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: {
      'import-x/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
      // Files are read for circles, too.
      'import-x/extensions': ['.ts', '.tsx', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      'import-x/no-cycle': 'error',
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A false finding about `signal.aborted`, which changes while one waits, is asked as a function.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/only-throw-error': ['error', { allow: [{ from: 'lib', name: 'Response' }] }],
    },
  },
  {
    // What a browser runs as it is.
    files: ['public/**/*.js'],
    languageOptions: { globals: { self: 'readonly', URL: 'readonly' } },
  },
  {
    // A plain .ts is pure: it may be bundled for the browser and never imports a .server.ts.
    files: ['app/{features,lib,components}/**/*.{ts,tsx}'],
    ignores: ['**/*.server.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '\\.server(\\.ts)?$', allowTypeImports: false }] },
      ],
    },
  },
  {
    // Text from outside passes one gate before any statement: one odd character must not hold up a batch.
    files: ['app/**/*.ts'],
    ignores: ['app/sandbox/**', 'app/features/facts/**'],
    rules: { 'no-restricted-syntax': ['error', STORABLE, FACTS_HOME] },
  },
  {
    // What is due, stale or late goes by the database's clock (docs/decisions/0001-shape.md); waits by performance.now().
    files: ['app/{features,routes,worker,server}/**/*.{ts,tsx}'],
    // Files are judged by the times that the machine gave them.
    ignores: ['app/features/intake/spool/**', 'app/features/facts/**'],
    rules: { 'no-restricted-syntax': ['error', STORABLE, FACTS_HOME, ...ONE_CLOCK] },
  },
  {
    files: ['app/features/facts/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', STORABLE, ...ONE_CLOCK] },
  },
  {
    // A set-up that failed half-way is taken down as far as it came: `server?.stop()`.
    files: ['test/**/*.test.{ts,tsx}'],
    rules: { '@typescript-eslint/no-unnecessary-condition': 'off' },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
