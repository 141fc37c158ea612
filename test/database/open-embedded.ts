import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';

// Opens the embedded server of a folder, as an app does that somebody kills meanwhile.
await openEmbeddedPostgres(process.argv[2]!);
