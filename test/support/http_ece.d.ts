declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';
  const ece: {
    /** Opens a message of RFC 8188, with keys as RFC 8291 makes them. */
    decrypt(body: Buffer, options: { version: 'aes128gcm'; privateKey: ECDH; authSecret: string }): Buffer;
  };
  export default ece;
}
