// What hosted services are to a publisher: an HTTPS server that keeps what it was asked and answers as the test says.

import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

export class HostedService {
  /** { method, path, query, headers, body } of each request, in order; `path` as it was sent. */
  requests = [];
  /** How many TLS connections were made. */
  connections = 0;
  port;
  #https;

  /** `answer(request, count)` gives { status, body, headers } or null, which hangs up. */
  static async start({ certificate, key }, answer) {
    const service = new HostedService();
    service.#https = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
      let body = '';
      for await (const chunk of request)
        body += chunk;
      const url = new URL(request.url, 'https://localhost');
      const asked = { method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers, body };
      service.requests.push(asked);
      const said = answer(asked, service.requests.length);
      if (said === null)
        request.socket.destroy();
      else
        response.writeHead(said.status, { 'Content-Type': 'application/json', ...said.headers }).end(JSON.stringify(said.body ?? {}));
    });
    service.#https.on('secureConnection', () => ++service.connections);
    service.#https.listen(0, '127.0.0.1');
    await once(service.#https, 'listening');
    service.port = service.#https.address().port;
    return service;
  }

  async close() {
    const closed = once(this.#https, 'close');
    this.#https.close();
    this.#https.closeAllConnections?.();
    await closed;
  }
}

/** Why hosted Pusher would refuse this request, or null: written from its documentation, not from our own code. */
export function pusherRefusal({ method, path, query, body }, { key, secret }) {
  const fields = Object.fromEntries(query);
  if (fields.auth_key !== key)
    return 'unknown auth_key';
  if (fields.body_md5 !== createHash('md5').update(body).digest('hex'))
    return 'body_md5 does not match';
  if (Math.abs(Date.now() / 1000 - Number(fields.auth_timestamp)) > 600)
    return 'auth_timestamp is too old';
  const { auth_signature: signature, ...signed } = fields;
  const text = Object.keys(signed).sort().map((name) => `${name}=${signed[name]}`).join('&');
  const expected = createHmac('sha256', secret).update(`${method}\n${path}\n${text}`).digest('hex');
  return signature === expected ? null : 'auth_signature does not match';
}
