// Plain JavaScript, because commands are refused before any package is installed, on any Node that npm runs on.

/** Where Gatehouse listens when PORT says nothing. */
const defaultPort = 3000;

/** What was asked for cannot be done; the message says what to do. Nothing was started. The exit code is 2. */
export class WrongUse extends Error {}

/**
 * The port that PORT names, or the usual one. Throws WrongUse when it is no port.
 * @param {string | undefined} text
 */
export function readPort(text) {
  if (text === undefined || text === "") {
    return defaultPort;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new WrongUse(
      `PORT is "${text}", which is not a port. Nothing was started. Set it to a number from 1 to 65535.`,
    );
  }
  return port;
}
