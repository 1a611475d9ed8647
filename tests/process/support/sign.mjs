// The signatures of the Pusher protocol, written from its documentation and not from the server's code.
import { createHash, createHmac } from 'node:crypto';

export const hmac = (secret, text) => createHmac('sha256', secret).update(text).digest('hex');
export const md5 = (text) => createHash('md5').update(text).digest('hex');
export const unixNow = () => Math.floor(Date.now() / 1000);

/** What an auth endpoint answers for a private or, with `channelData`, a presence channel. */
export function channelAuth(app, socketId, channel, channelData) {
  const signed = channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`;
  return `${app.key}:${hmac(app.secret, signed)}`;
}

/**
 * The target of a signed HTTP API request. `params` are the decoded parameters that are signed; `wire` may give the query
 * a different spelling of them; `auth` replaces or (with undefined) leaves out single auth parameters before signing.
 */
export function signedTarget(app, method, path, { params = {}, body = null, auth = {}, wire, signedPath = path } = {}) {
  const signed = {
    auth_key: app.key,
    auth_timestamp: String(unixNow()),
    auth_version: '1.0',
    ...(body ? { body_md5: md5(body) } : {}),
    ...params,
    ...auth,
  };
  for (const name of Object.keys(signed)) if (signed[name] === undefined) delete signed[name];
  const text = Object.keys(signed).sort().map((name) => `${name}=${signed[name]}`).join('&');
  const signature = hmac(app.secret, `${method}\n${signedPath}\n${text}`);
  const encoded = Object.entries(signed)
    .filter(([name]) => !(wire !== undefined && name in params))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (wire) encoded.push(wire);
  return `${path}?${encoded.join('&')}&auth_signature=${signature}`;
}
