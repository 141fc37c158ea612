import { createServer } from 'node:net';

/** The first port from `wanted` on that nobody listens on at this host. @throws Error when 50 in a row are taken */
export async function firstFreePort(host: string, wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 50 && port < 65_536; port++) {
    if (await isFree(host, port)) return port;
  }
  throw new Error(`Ports ${wanted} to ${wanted + 49} are all taken; set PORT to another one.`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
