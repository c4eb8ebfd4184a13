import { Socket } from 'node:net';

// A task must not outlive the machine that runs it, even when that is killed: its end of this pipe then closes.
new Socket({ fd: 3 })
  .on('error', () => process.exit(1))
  .on('close', () => process.exit(1))
  .resume()
  .unref();
