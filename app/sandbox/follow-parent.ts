/**
 * Preloaded into the app that the demo starts: when the demo is killed, the app stops too, instead of living on
 * beside the next demo and sending events to an Agent service that is gone.
 */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

export {};
