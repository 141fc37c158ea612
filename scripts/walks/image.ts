import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is taken from this machine, where no root of Debian's packages is to be made. */
const SYSTEM = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'usr', 'etc'];
const DEBIAN = 'bookworm';
/** Node and npm of this machine, as the base image brings its own. */
const NODE_HOME = '/opt/node';
const PATHS = `${NODE_HOME}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;

interface Bind {
  from: string;
  /** In the container. */
  to: string;
  writable: boolean;
}

export interface Image {
  root: string;
  binds: Bind[];
  workdir: string;
  env: Record<string, string>;
  user: string;
  command: string[];
  healthcheck: string[];
}

export interface Container {
  process: ChildProcess;
  /** All that it has said, as `docker logs` has it. */
  log(): string;
  /** SIGTERM, as `docker stop` sends it. @returns the exit code, and how long it took, s */
  stop(): Promise<{ code: number | null; seconds: number }>;
}

/** Whether this machine allows what a container is made of: mounts, another root, another account. */
export const mayContain = (): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  ['unshare -m true', 'setpriv --reuid 12345 --clear-groups true', 'chroot / true'].every((line) => {
    try {
      execFileSync('sh', ['-c', line], {
        stdio: 'ignore',
        env: { PATH: PATHS } as Partial<NodeJS.ProcessEnv> as NodeJS.ProcessEnv,
      });
      return true;
    } catch {
      return false;
    }
  });

/**
 * Follows a Dockerfile step by step without a container engine: each stage has a root folder of its own, made of Debian's
 * packages, and its commands run in there with nothing else in sight.
 * @param folder new; everything is made in it
 * @param packages a `node_modules` that stands in for `npm ci`, over the files of this machine: the short form. Null: all is installed.
 * @throws when the Dockerfile says what is not known here, or a step of it fails
 */
export async function buildImage(
  dockerfile: string,
  folder: string,
  packages: string | null,
): Promise<Image> {
  const base = path.join(folder, 'base');
  await makeBase(base, packages);
  const context = path.join(folder, 'context');
  await copyContext(context, `${dockerfile}.dockerignore`);
  const stages: (Image & { name: string })[] = [];
  for (const { word, rest } of instructions(await readFile(dockerfile, 'utf8'))) {
    const stage = stages.at(-1);
    if (word === 'FROM') {
      const [from, , name = 'last'] = rest.split(/\s+/);
      if (!from?.startsWith('node:')) throw new Error(`The Dockerfile begins with ${from}.`);
      stages.push({ ...(await newStage(base, path.join(folder, name), packages)), name });
      continue;
    }
    if (!stage) throw new Error(`${word} stands before FROM.`);
    switch (word) {
      case 'WORKDIR':
        stage.workdir = rest;
        await mkdir(path.join(stage.root, rest), { recursive: true });
        break;
      case 'COPY':
        await copy(rest, stage, stages, context);
        break;
      case 'RUN':
        await execute(stage, rest, packages);
        break;
      case 'ENV':
        for (const [, name, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[name!] = value!;
        break;
      case 'USER':
        stage.user = rest;
        break;
      case 'HEALTHCHECK':
        stage.healthcheck = JSON.parse(rest.slice(rest.indexOf('CMD') + 3)) as string[];
        break;
      case 'CMD':
        stage.command = JSON.parse(rest) as string[];
        break;
      case 'LABEL':
      case 'VOLUME':
      case 'EXPOSE':
      case 'STOPSIGNAL':
        break;
      default:
        throw new Error(`The Dockerfile says ${word}, which is not known here.`);
    }
  }
  return stages.at(-1)!;
}

/**
 * Runs an image as the compose file asks for: its root read-only, no capabilities, no way to new ones.
 * @param volumes folders by where they stand in the container; new ones get what the image has there, as Docker does it
 */
export function runContainer(
  image: Image,
  how: {
    env: Record<string, string>;
    volumes: Record<string, string>;
    user?: string;
    command?: string[];
  },
): Container {
  const binds = Object.entries(how.volumes).map(([to, from]): Bind => {
    if (!existsSync(from)) makeVolume(from, path.join(image.root, to));
    return { from, to, writable: true };
  });
  const child = enter({
    ...image,
    binds: [...image.binds, ...binds],
    env: { ...image.env, ...how.env },
    user: how.user ?? image.user,
    command: how.command ?? image.command,
    readOnly: true,
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    process: child,
    log: () => said,
    async stop() {
      const since = performance.now();
      if (child.exitCode === null) child.kill('SIGTERM');
      return { code: await ended, seconds: (performance.now() - since) / 1000 };
    },
  };
}

/** A volume that nobody has used yet has the owner and the rights of what the image has in its place. */
function makeVolume(folder: string, like: string): void {
  mkdirSync(folder, { recursive: true });
  const { mode, uid, gid } = existsSync(like) ? lstatSync(like) : { mode: 0o755, uid: 0, gid: 0 };
  chownSync(folder, uid, gid);
  chmodSync(folder, mode & 0o7777);
}

function* instructions(text: string): Generator<{ word: string; rest: string }> {
  const lines = text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, ' ');
  for (const line of lines.split('\n')) {
    const [, word, rest] = /^([A-Z]+)\s+(.+)$/.exec(line.trim()) ?? [];
    if (word && rest) yield { word, rest };
  }
}

async function makeBase(base: string, packages: string | null): Promise<void> {
  await mkdir(base, { recursive: true });
  if (packages === null) {
    const mirror = process.env.DEBIAN_MIRROR;
    await run('debootstrap', ['--variant=minbase', DEBIAN, base, ...(mirror ? [mirror] : [])], {
      maxBuffer: 1e8,
    });
  } else {
    for (const name of SYSTEM) {
      const at = `/${name}`;
      if (!existsSync(at)) continue;
      if (lstatSync(at).isSymbolicLink()) await symlink(readlinkSync(at), path.join(base, name));
      else await mkdir(path.join(base, name));
    }
  }
  for (const name of ['proc', 'dev', 'tmp', 'root']) await mkdir(path.join(base, name), { recursive: true });
  const bin = path.join(base, NODE_HOME, 'bin');
  await mkdir(bin, { recursive: true });
  await cp(process.execPath, path.join(bin, 'node'));
  const npm = path.join(base, NODE_HOME, 'npm');
  await cp(await npmHome(), npm, { recursive: true });
  await writeFile(path.join(bin, 'npm'), `#!/bin/sh\nexec node ${NODE_HOME}/npm/bin/npm-cli.js "$@"\n`, {
    mode: 0o755,
  });
}

async function npmHome(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'readlink -f "$(command -v npm)"']);
  return path.resolve(stdout.trim(), '../..');
}

async function newStage(base: string, root: string, packages: string | null): Promise<Image> {
  await run('cp', ['-a', base, root]);
  const system = packages === null ? [] : SYSTEM.filter((name) => isFolder(`/${name}`));
  return {
    root,
    binds: system.map((name) => ({ from: `/${name}`, to: `/${name}`, writable: false })),
    ...{ workdir: '/', env: {}, user: '0:0', command: [], healthcheck: [] },
  };
}

const isFolder = (at: string) => existsSync(at) && !lstatSync(at).isSymbolicLink();

/** The files of the repository, without what the image leaves out. */
async function copyContext(context: string, ignoreFile: string): Promise<void> {
  const ignored = (await readFile(ignoreFile, 'utf8')).split('\n').filter(Boolean);
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    maxBuffer: 1e8,
  });
  for (const file of new Set(stdout.split('\n').filter((name) => name && existsSync(name)))) {
    if (ignored.some((pattern) => path.matchesGlob(file, pattern) || file.startsWith(`${pattern}/`)))
      continue;
    await cp(file, path.join(context, file));
  }
}

async function copy(
  rest: string,
  stage: Image,
  stages: readonly (Image & { name: string })[],
  context: string,
): Promise<void> {
  const [, from, files] = /^(?:--from=(\S+)\s+)?(.+)$/.exec(rest)!;
  const source = from ? stages.find(({ name }) => name === from) : null;
  if (source === undefined) throw new Error(`There is no stage ${from}.`);
  const names = files!.split(/\s+/);
  const to = path.resolve(stage.workdir, names.pop()!);
  for (const name of names) {
    const borrowed = source?.binds.find((bind) => bind.to === name);
    if (borrowed) {
      stage.binds.push({ ...borrowed, to, writable: false });
      await mkdir(path.join(stage.root, to), { recursive: true });
      continue;
    }
    const at = path.join(source?.root ?? context, name);
    // As Docker does it: what is in a folder goes to `to`, and a file into it where that is a folder.
    const isInto = !lstatSync(at).isDirectory() && (names.length > 1 || to === stage.workdir);
    await cp(at, path.join(stage.root, to, isInto ? path.basename(name) : ''), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

/** A RUN. In the short form packages are borrowed where they would be installed. */
async function execute(stage: Image, line: string, packages: string | null): Promise<void> {
  let command = line;
  if (packages !== null && /\bnpm ci\b/.test(line)) {
    const to = path.join(stage.workdir, 'node_modules');
    await mkdir(path.join(stage.root, to), { recursive: true });
    // Vite keeps its settings in there while it builds.
    stage.binds.push({ from: packages, to, writable: true });
    command = line.replace(/npm ci[^&]*/, 'true ').replace(/npm cache[^&]*/, 'true ');
  }
  // Where the packages come from and whom it trusts for that is this machine's, and stays out of the image.
  const lent = path.join(stage.root, 'root');
  const settings = path.join(homedir(), '.npmrc');
  if (existsSync(settings)) await cp(settings, path.join(lent, '.npmrc'));
  const trusted = process.env.NODE_EXTRA_CA_CERTS;
  if (trusted) await cp(trusted, path.join(lent, 'trusted.pem'));
  const env = { ...stage.env, ...(trusted ? { NODE_EXTRA_CA_CERTS: '/root/trusted.pem' } : {}) };
  for (const name of ['resolv.conf', 'hosts'])
    if (packages === null) await cp(`/etc/${name}`, path.join(stage.root, 'etc', name));
  const child = enter({ ...stage, env, command: ['sh', '-c', command], readOnly: false });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  for (const name of ['.npmrc', 'trusted.pem']) await rm(path.join(lent, name), { force: true });
  if (code !== 0) throw new Error(`RUN ${line}\nended with ${code}:\n${said.slice(-2000)}`);
}

/** Another root, of which nothing else of this machine can be seen, in mounts of its own. */
function enter(what: Image & { readOnly: boolean }): ChildProcess {
  const { root, binds, workdir, env, user, command, readOnly } = what;
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const at = (to: string) => quoted(path.join(root, to));
  for (const { to } of binds) mkdirSync(path.join(root, to), { recursive: true });
  const [uid, gid = '0'] = user.split(':');
  const account = uid === '0' ? '' : `setpriv --reuid ${uid} --regid ${gid} --clear-groups `;
  const lines = [
    'set -e',
    'mount --make-rprivate /',
    `mount --bind ${quoted(root)} ${quoted(root)}`,
    ...(readOnly ? [`mount -o remount,bind,ro ${quoted(root)}`] : []),
    ...binds.flatMap(({ from, to, writable }) => [
      `mount --bind ${quoted(from)} ${at(to)}`,
      `mount -o remount,bind,${writable ? 'rw' : 'ro'} ${at(to)}`,
    ]),
    `mount -t proc proc ${at('proc')}`,
    `mount --rbind /dev ${at('dev')}`,
    `mount -t tmpfs tmpfs ${at('tmp')}`,
    `cd ${at(workdir)}`,
    `exec chroot ${quoted(root)} ${account && `${account}--no-new-privs --bounding-set=-all `}sh -c ${quoted(`cd ${quoted(workdir)} && exec "$@"`)} sh ${command.map(quoted).join(' ')}`,
  ];
  return spawn('unshare', ['-m', 'sh', '-c', lines.join('\n')], {
    env: { HOME: '/root', ...env, PATH: PATHS } as Partial<NodeJS.ProcessEnv> as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
