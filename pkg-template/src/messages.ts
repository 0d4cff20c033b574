/** What comes over a port may be anything: only messages of the protocol's shape are passed on. */
import type { ToVault } from './protocol.js';

type Check = (value: unknown) => boolean;
type Members<Message> = { [Name in Exclude<keyof Message, 'type'>]-?: Check };

const isText: Check = (value) => typeof value === 'string';
const isTextIfGiven: Check = (value) => value === undefined || isText(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isFlagIfGiven: Check = (value) => value === undefined || isFlag(value);
const isNumber: Check = (value) => typeof value === 'number';
/** The module reads it as JSON, and says what is wrong with it. */
const isAnything: Check = () => true;
const isNumbers: Check = (value) => Array.isArray(value) && value.every(isNumber);
const isPair = (value: unknown, isValue: Check) =>
  Array.isArray(value) && isText(value[0]) && isValue(value[1]);

function isRequest(value: unknown): boolean {
  const { url, init, form = [] } = Object(value) as Record<string, unknown>;
  const { headers } = Object(init) as Record<string, unknown>;
  return (
    isText(url) &&
    Array.isArray(headers) &&
    headers.every((entry) => isPair(entry, isText)) &&
    Array.isArray(form) &&
    form.every((entry) => isPair(entry, (part) => isText(part) || part instanceof File))
  );
}

const SHAPES: { [Type in ToVault['type']]: Members<Extract<ToVault, { type: Type }>> } = {
  init: {
    id: isNumber,
    version: isText,
    options: isAnything,
    escrow: isFlag,
    visible: isFlag,
    callback: isFlagIfGiven,
  },
  checkSession: { id: isNumber, options: isAnything },
  sleep: {},
  resume: { id: isNumber },
  visible: { visible: isFlag },
  pong: {},
  signIn: { id: isNumber, options: isAnything, popup: isFlagIfGiven },
  handleCallback: { id: isNumber, url: isText },
  fetch: { id: isNumber, request: isRequest },
  covers: { id: isNumber, url: isText },
  accessToken: { id: isNumber, resource: isTextIfGiven },
  userinfo: { id: isNumber },
  session: { id: isNumber, resource: isTextIfGiven },
  signOut: { id: isNumber, options: isAnything },
  abort: { id: isNumber },
  listen: { events: isNumbers },
  diagnose: { id: isNumber },
  close: {},
};

/** Whether `data` is a message of the protocol's. */
export function isMessage(data: unknown): data is ToVault {
  const message = Object(data) as Record<string, unknown>;
  const { type } = message;
  return (
    isText(type) &&
    Object.hasOwn(SHAPES, type as string) &&
    Object.entries(SHAPES[type as 'init']).every(([name, check]) => check(message[name]))
  );
}
